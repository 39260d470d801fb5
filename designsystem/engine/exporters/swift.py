"""A Swift file for SwiftUI: nested enums of constants, with small structures where SwiftUI has no type."""

from __future__ import annotations

from collections import defaultdict

from designsystem.engine.exporters.css_values import line_height, number, one_line
from designsystem.engine.exporters.css_variables import targets_first
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.identifiers import camel, identifiers
from designsystem.engine.tokens.token_set import GROUPS, Alias, Token, TokenSet
from designsystem.engine.values import (
    FULL_RADIUS,
    Border,
    Colour,
    FontClass,
    Gradient,
    GradientKind,
    Radius,
    Shadow,
    Spacing,
    Typography,
    Value,
)

_DESIGNS = {FontClass.SANS: ".default", FontClass.SERIF: ".serif", FontClass.MONO: ".monospaced"}

# The Swift Programming Language, "Keywords and Punctuation": those that are spelt as an identifier in lower case.
_KEYWORDS = (
    *("associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout"),
    *("internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static"),
    *("struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do"),
    *("else", "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while"),
    *("any", "as", "await", "false", "is", "nil", "self", "super", "throws", "true", "try"),
)

_STRUCTURES = """\
import SwiftUI

public struct TextStyleToken: Sendable {
    public let families: [String]
    public let design: Font.Design
    public let size: CGFloat
    public let weight: CGFloat
    public let lineHeight: CGFloat
    public let letterSpacing: CGFloat
}

public struct BorderToken: Sendable {
    public let color: Color
    public let width: CGFloat
    public let dash: [CGFloat]
}

public struct ShadowLayerToken: Sendable {
    public let color: Color
    public let x: CGFloat
    public let y: CGFloat
    public let blur: CGFloat
    public let spread: CGFloat
    public let inset: Bool
}

public struct GradientToken: Sendable {
    public let gradient: Gradient
    public let angle: Double?
}
"""


def export(token_set: TokenSet) -> str:
    """`Tokens.Color.paletteBlue500`; lengths are points."""
    groups: dict[str, list[Token]] = defaultdict(list)
    for token in targets_first(token_set):
        groups[token.path[0]].append(token)
    lines = ["", "public enum Tokens {"]
    for group in GROUPS:
        if group in groups:
            lines += [f"    public enum {group.capitalize()} {{", *_constants(groups[group], token_set), "    }"]
    return _STRUCTURES + "\n".join([*lines, "}", ""])


EXPORTER = Exporter("swift", "Swift (SwiftUI)", export, "text/x-swift", ".swift")


def _constants(tokens: list[Token], token_set: TokenSet) -> list[str]:
    names = identifiers((token.path[1:] for token in tokens), camel, _KEYWORDS)
    lines = []
    for token in tokens:
        if token.description:
            lines.append(f"        /// {one_line(token.description)}")
        name = names[token.path[1:]]
        if isinstance(token.value, Alias) and token.value.target[0] == token.path[0]:
            lines.append(f"        public static let {name} = {names[token.value.target[1:]]}")
        else:
            kind, literal = _literal(token_set.resolve(token))
            lines.append(f"        public static let {name}: {kind} = {literal}")
    return lines


def _literal(value: Value) -> tuple[str, str]:
    """The type and an expression of it. The types are named in full: `Color` alone would be the enum around it."""
    match value:
        case Colour():
            return "SwiftUI.Color", _colour(value)
        case Spacing():
            return "CGFloat", number(value.px)
        case Radius():
            return "CGFloat", number(FULL_RADIUS if value.full else value.px)
        case Border():
            dash = {"solid": "[]", "dashed": "[3, 3]", "dotted": "[1, 1]"}[value.style]
            return "BorderToken", (
                f"BorderToken(color: {_colour(value.colour)}, width: {number(value.width)}, dash: {dash})"
            )
        case Typography():
            families = ", ".join(map(_string, value.families))
            return "TextStyleToken", (
                f"TextStyleToken(families: [{families}], design: {_DESIGNS[value.font_class]}, "
                f"size: {number(value.size)}, weight: {value.weight}, lineHeight: {number(line_height(value))}, "
                f"letterSpacing: {number(value.letter_spacing or 0)})"
            )
        case Shadow():
            layers = ", ".join(
                f"ShadowLayerToken(color: {_colour(layer.colour)}, x: {number(layer.offset_x)}, "
                f"y: {number(layer.offset_y)}, blur: {number(layer.blur)}, spread: {number(layer.spread)}, "
                f"inset: {str(layer.inset).lower()})"
                for layer in value.layers
            )
            return "[ShadowLayerToken]", f"[{layers}]"
        case Gradient():
            stops = ", ".join(
                f".init(color: {_colour(stop.colour)}, location: {number(stop.position)})" for stop in value.stops
            )
            angle = "nil" if value.kind is GradientKind.RADIAL or value.angle is None else number(value.angle)
            return "GradientToken", f"GradientToken(gradient: SwiftUI.Gradient(stops: [{stops}]), angle: {angle})"


def _colour(value: Colour) -> str:
    red, green, blue = (number(channel / 255) for channel in (value.red, value.green, value.blue))
    return f"SwiftUI.Color(.sRGB, red: {red}, green: {green}, blue: {blue}, opacity: {number(value.alpha)})"


def _string(text: str) -> str:
    """A Swift string; whatever could end it or begin an interpolation is written as a code point."""
    return '"' + "".join(c if c.isalnum() or c in " -_.,:" else f"\\u{{{ord(c):x}}}" for c in text) + '"'
