"""Android resources (res/values): colours, dimensions, text styles.

Shadows and gradients have no resource in a values file; their parts are given as colours, dimensions and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from designsystem.engine.exporters.css_values import line_height, number, one_line
from designsystem.engine.exporters.css_variables import targets_first
from designsystem.engine.exporters.dtcg import families, palette_paths
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.identifiers import identifiers, snake
from designsystem.engine.tokens.token_set import Alias, TokenSet
from designsystem.engine.values import FULL_RADIUS, Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

_Resource = tuple[str, str, str]  # element, suffix of the name, content
_Paint = Callable[[Colour], str]


def export(token_set: TokenSet) -> str:
    """One resources file; a CSS pixel is one dp, and one sp where it is text."""
    names = identifiers((token.path for token in token_set), snake)
    palette = palette_paths(token_set)

    def paint(value: Colour) -> str:
        return f"@color/{names[palette[value]]}" if value in palette else _argb(value)

    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<resources>"]
    for token in targets_first(token_set):
        if token.description:
            lines.append(f"    {_comment(token.description)}")
        target = names[token.value.target] if isinstance(token.value, Alias) else ""
        for element, suffix, content in _resources(token_set.resolve(token), paint):
            body = _pointing_at(element, f"{target}{suffix}") if target else content
            lines.append(f'    <{element} name="{names[token.path]}{suffix}">{body}</{element}>')
    return "\n".join([*lines, "</resources>", ""])


EXPORTER = Exporter("android", "Android resources", export, "application/xml", ".android.xml")


def _resources(value: Value, paint: _Paint) -> Iterator[_Resource]:
    match value:
        case Colour():
            yield "color", "", _argb(value)
        case Spacing():
            yield "dimen", "", _dp(value.px)
        case Radius():
            yield "dimen", "", _dp(FULL_RADIUS if value.full else value.px)
        case Border():
            yield "dimen", "_width", _dp(value.width)
            yield "color", "_color", paint(value.colour)
        case Typography():
            yield "style", "", _style(value, paint)
        case Shadow():
            yield from _shadow(value, paint)
        case Gradient():
            yield from _gradient(value, paint)


def _shadow(value: Shadow, paint: _Paint) -> Iterator[_Resource]:
    for place, layer in enumerate(value.layers, start=1):
        prefix = f"_{place}" if len(value.layers) > 1 else ""
        yield "color", f"{prefix}_color", paint(layer.colour)
        yield "dimen", f"{prefix}_offset_x", _dp(layer.offset_x)
        yield "dimen", f"{prefix}_offset_y", _dp(layer.offset_y)
        yield "dimen", f"{prefix}_blur", _dp(layer.blur)
        yield "dimen", f"{prefix}_spread", _dp(layer.spread)


def _gradient(value: Gradient, paint: _Paint) -> Iterator[_Resource]:
    if value.angle is not None:
        yield "integer", "_angle", str(round(value.angle))
    for place, stop in enumerate(value.stops, start=1):
        yield "color", f"_stop_{place}", paint(stop.colour)


def _style(value: Typography, paint: _Paint) -> str:
    items = {
        "fontFamily": _text(families(value)[0]),
        "textSize": f"{number(value.size)}sp",
        "textFontWeight": str(value.weight),
        "lineHeight": f"{number(value.size * line_height(value))}sp",
        "textColor": paint(value.colour),
    }
    if value.letter_spacing is not None:
        items["letterSpacing"] = number(value.letter_spacing / value.size)  # in em
    return "".join(f'<item name="android:{name}">{content}</item>' for name, content in items.items())


def _pointing_at(element: str, name: str) -> str:
    if element == "style":  # a style refers to another by being its child
        return f'<item name="android:textAppearance">@style/{name}</item>'
    return f"@{element}/{name}"


def _argb(value: Colour) -> str:
    return f"#{round(value.alpha * 255):02x}{value.hex[1:]}"


def _dp(px: float) -> str:
    return f"{number(px)}dp"


def _text(text: str) -> str:
    """Text of a resource: a leading @ or ? would be a reference, quotes and backslashes are the compiler's."""
    line = one_line(text)
    line = "".join(f"\\{c}" if c in "\\'\"" else c for c in line)
    return escape(f"\\{line}" if line[:1] in ("@", "?") else line)


def _comment(text: str) -> str:
    """An XML comment, which may hold no double hyphen."""
    return f"<!-- {escape(one_line(text)).replace('--', '- -').replace('--', '- -')} -->"
