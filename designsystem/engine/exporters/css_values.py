"""Values as CSS writes them. Text goes in through `quoted` and `comment` only, so that none can leave its place."""

from __future__ import annotations

from collections.abc import Callable

from designsystem.engine.exporters.dtcg import ASSUMED_LINE_HEIGHT, GENERIC_FAMILIES
from designsystem.engine.values import (
    FULL_RADIUS,
    Border,
    Colour,
    Gradient,
    GradientKind,
    Radius,
    Shadow,
    Spacing,
    Typography,
    Value,
)

Paint = Callable[[Colour], str]


def number(value: float) -> str:
    """At most four decimals, no trailing zeros, never an exponent."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def px(value: float) -> str:
    return f"{number(value)}px"


def colour(value: Colour) -> str:
    if value.alpha == 1:
        return value.hex
    return f"rgb({value.red} {value.green} {value.blue} / {number(value.alpha)})"


def css(value: Value, paint: Paint = colour) -> str:
    """One CSS value; `paint` writes the colours inside of composites. A Typography is its `font` shorthand."""
    match value:
        case Colour():
            return colour(value)
        case Spacing():
            return px(value.px)
        case Radius():
            return px(FULL_RADIUS if value.full else value.px)
        case Border():
            return f"{px(value.width)} {value.style.value} {paint(value.colour)}"
        case Shadow():
            return shadow(value, paint)
        case Gradient():
            return gradient(value, paint)
        case Typography():
            size = f"{px(value.size)}/{number(line_height(value))}"
            return f"{value.weight} {size} {font_stack(value)}"


def shadow(value: Shadow, paint: Paint) -> str:
    return ", ".join(
        f"{'inset ' if layer.inset else ''}{px(layer.offset_x)} {px(layer.offset_y)} {px(layer.blur)} "
        f"{px(layer.spread)} {paint(layer.colour)}"
        for layer in value.layers
    )


def gradient(value: Gradient, paint: Paint) -> str:
    stops = ", ".join(f"{paint(stop.colour)} {number(stop.position * 100)}%" for stop in value.stops)
    if value.kind is GradientKind.RADIAL:
        return f"radial-gradient({stops})"
    return f"linear-gradient({number(value.angle or 0)}deg, {stops})"


def typography_parts(value: Typography) -> dict[str, str]:
    """The properties of a text style; letter spacing only where it was measured."""
    parts = {
        "font-family": font_stack(value),
        "font-size": px(value.size),
        "font-weight": str(value.weight),
        "line-height": number(line_height(value)),
    }
    return parts if value.letter_spacing is None else {**parts, "letter-spacing": px(value.letter_spacing)}


def line_height(value: Typography) -> float:
    return ASSUMED_LINE_HEIGHT if value.line_height is None else value.line_height


def font_stack(value: Typography) -> str:
    """Quoted families, then the generic one."""
    return ", ".join([*map(quoted, value.families), GENERIC_FAMILIES[value.font_class]])


def quoted(text: str) -> str:
    """A CSS string; whatever could end it, a line or an enclosing style element is written as a code point."""
    return '"' + "".join(c if c.isalnum() or c in " -_.,:()" else f"\\{ord(c):x} " for c in text) + '"'


def comment(text: str, opening: str = "/*") -> str:
    """A comment of one line; nothing in it ends the comment or a style element, or is run by SCSS."""
    return f"{opening} {one_line(text).replace('*/', '* /').replace('#{', '# {').replace('<', '‹')} */"


def one_line(text: str) -> str:
    """Text without line breaks or control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
