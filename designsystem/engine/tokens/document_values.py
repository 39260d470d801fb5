"""Values of DTCG 2025.10 as the engine's own: each type's exact shape is checked before anything is believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from math import isfinite
from typing import Any

from designsystem.engine.tokens.references import DocumentError, Json
from designsystem.engine.values import (
    Border,
    Colour,
    FontClass,
    Gradient,
    GradientKind,
    GradientStop,
    LineStyle,
    Shadow,
    ShadowLayer,
    Typography,
)

PX_PER_REM = 16.0  # the default root size of browsers

# Weights by the names that the Format Module lists.
_WEIGHTS = {
    "thin": 100,
    "hairline": 100,
    "extra-light": 200,
    "ultra-light": 200,
    "light": 300,
    "normal": 400,
    "regular": 400,
    "book": 400,
    "medium": 500,
    "semi-bold": 600,
    "demi-bold": 600,
    "bold": 700,
    "extra-bold": 800,
    "ultra-bold": 800,
    "black": 900,
    "heavy": 900,
    "extra-black": 950,
    "ultra-black": 950,
}
_LINE_STYLES = frozenset({"solid", "dashed", "dotted", "double", "groove", "ridge", "outset", "inset"})
_LINE_CAPS = frozenset({"round", "butt", "square"})

# The range of each component, and whether it runs round and so leaves out its end (Color Module 2025.10, section 4).
_ANY = (float("-inf"), float("inf"))
_UNIT, _PERCENT = (0.0, 1.0), (0.0, 100.0)
_HUE = (0.0, 360.0)
_POSITIVE = (0.0, float("inf"))
_SPACES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "srgb": (_UNIT,) * 3,
    "srgb-linear": (_UNIT,) * 3,
    "hsl": (_HUE, _PERCENT, _PERCENT),
    "hwb": (_HUE, _PERCENT, _PERCENT),
    "lab": (_PERCENT, _ANY, _ANY),
    "lch": (_PERCENT, _POSITIVE, _HUE),
    "oklab": (_UNIT, _ANY, _ANY),
    "oklch": (_UNIT, _POSITIVE, _HUE),
    "display-p3": (_UNIT,) * 3,
    "a98-rgb": (_UNIT,) * 3,
    "prophoto-rgb": (_UNIT,) * 3,
    "rec2020": (_UNIT,) * 3,
    "xyz-d65": (_UNIT,) * 3,
    "xyz-d50": (_UNIT,) * 3,
}
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def colour(value: Any, at: str) -> Colour:
    """An sRGB colour; one of another space is converted, and mapped into the gamut as CSS Color 4 does."""
    parts = _members(value, at, {"colorSpace", "components"}, {"alpha", "hex"})
    ranges = _SPACES.get(parts["colorSpace"]) if isinstance(parts["colorSpace"], str) else None
    if ranges is None:
        raise DocumentError(f"{at}/colorSpace", f"{parts['colorSpace']!r} is not a colour space of DTCG 2025.10.")
    components = _list(parts["components"], f"{at}/components")
    if len(components) != len(ranges):
        raise DocumentError(f"{at}/components", f"A colour of {parts['colorSpace']} has {len(ranges)} components.")
    numbers = [
        0.0 if part == "none" else _within(part, f"{at}/components/{place}", low, high, open_end=(low, high) == _HUE)
        for place, (part, (low, high)) in enumerate(zip(components, ranges, strict=True))
    ]
    alpha = _within(parts.get("alpha", 1), f"{at}/alpha", 0, 1)
    if "hex" in parts and not (isinstance(parts["hex"], str) and _HEX.fullmatch(parts["hex"])):
        raise DocumentError(f"{at}/hex", "A hex fallback is # and six digits.")
    if parts["colorSpace"] != "srgb":
        numbers = _to_srgb(parts["colorSpace"], numbers)
    red, green, blue = (round(255 * part) for part in numbers)
    return Colour(red, green, blue, alpha)


def dimension(value: Any, at: str) -> float:
    """A length in px."""
    parts = _members(value, at, {"value", "unit"})
    number = _number(parts["value"], f"{at}/value")
    if parts["unit"] not in ("px", "rem"):
        raise DocumentError(f"{at}/unit", f"{parts['unit']!r} is not px or rem.")
    return number * PX_PER_REM if parts["unit"] == "rem" else number


def typography(value: Any, at: str) -> Typography:
    """A text style; its colour is black, because the format gives styles none. A generic last family is the class."""
    parts = _members(value, at, {"fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight"})
    families = font_family(parts["fontFamily"], f"{at}/fontFamily")
    generic = [each for each in FontClass if each.value == families[-1]]
    return Typography(
        size=dimension(parts["fontSize"], f"{at}/fontSize"),
        weight=font_weight(parts["fontWeight"], f"{at}/fontWeight"),
        colour=Colour(0, 0, 0),
        line_height=_number(parts["lineHeight"], f"{at}/lineHeight"),
        letter_spacing=dimension(parts["letterSpacing"], f"{at}/letterSpacing"),
        font_class=generic[0] if generic else FontClass.SANS,
        families=families[:-1] if generic else families,
    )


def font_family(value: Any, at: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else _list(value, at)
    if not names or not all(isinstance(name, str) for name in names):
        raise DocumentError(at, "A font family is a name or a list of names.")
    return tuple(names)


def font_weight(value: Any, at: str) -> int:
    if isinstance(value, str) and value in _WEIGHTS:
        return _WEIGHTS[value]
    return round(_within(value, at, 1, 1000))


def border(value: Any, at: str) -> Border:
    parts = _members(value, at, {"color", "width", "style"})
    return Border(
        dimension(parts["width"], f"{at}/width"),
        colour(parts["color"], f"{at}/color"),
        stroke_style(parts["style"], f"{at}/style"),
    )


def stroke_style(value: Any, at: str) -> LineStyle:
    """The nearest of the styles that can be told apart in a picture: patterns are dashed, reliefs are solid."""
    if isinstance(value, str) and value in _LINE_STYLES:
        return next((each for each in LineStyle if each.value == value), LineStyle.SOLID)
    parts = _members(value, at, {"dashArray", "lineCap"})
    for place, part in enumerate(_list(parts["dashArray"], f"{at}/dashArray")):
        dimension(part, f"{at}/dashArray/{place}")
    if parts["lineCap"] not in _LINE_CAPS:
        raise DocumentError(f"{at}/lineCap", "A line cap is round, butt or square.")
    return LineStyle.DASHED


def shadow(value: Any, at: str) -> Shadow:
    if not isinstance(value, list):
        return Shadow((_layer(value, at),))
    if not value:
        raise DocumentError(at, "A shadow has a layer at least.")
    return Shadow(tuple(_layer(layer, f"{at}/{place}") for place, layer in enumerate(value)))


def gradient(value: Any, at: str) -> Gradient:
    """The stops, in a line from top to bottom: the format says neither kind nor angle."""
    stops = []
    for place, stop in enumerate(_list(value, at)):
        parts = _members(stop, f"{at}/{place}", {"color", "position"})
        position = min(1.0, max(0.0, _number(parts["position"], f"{at}/{place}/position")))
        stops.append(GradientStop(colour(parts["color"], f"{at}/{place}/color"), position))
    if not stops:
        raise DocumentError(at, "A gradient has a stop at least.")
    return Gradient(GradientKind.LINEAR, 180.0, tuple(stops))


def _layer(value: Any, at: str) -> ShadowLayer:
    parts = _members(value, at, {"color", "offsetX", "offsetY", "blur", "spread"}, {"inset"})
    inset = parts.get("inset", False)
    if not isinstance(inset, bool):
        raise DocumentError(f"{at}/inset", "inset is true or false.")
    offset_x, offset_y, blur, spread = (
        dimension(parts[name], f"{at}/{name}") for name in ("offsetX", "offsetY", "blur", "spread")
    )
    return ShadowLayer(offset_x, offset_y, blur, spread, colour(parts["color"], f"{at}/color"), inset)


def _duration(value: Any, at: str) -> float:
    parts = _members(value, at, {"value", "unit"})
    if parts["unit"] not in ("ms", "s"):
        raise DocumentError(f"{at}/unit", f"{parts['unit']!r} is not ms or s.")
    return _number(parts["value"], f"{at}/value")


def _cubic_bezier(value: Any, at: str) -> list[float]:
    numbers = [_number(part, f"{at}/{place}") for place, part in enumerate(_list(value, at))]
    if len(numbers) != 4 or not (0 <= numbers[0] <= 1 and 0 <= numbers[2] <= 1):
        raise DocumentError(at, "A cubic Bézier curve is four numbers, x from 0 to 1.")
    return numbers


def _transition(value: Any, at: str) -> None:
    parts = _members(value, at, {"duration", "delay", "timingFunction"})
    _duration(parts["duration"], f"{at}/duration")
    _duration(parts["delay"], f"{at}/delay")
    _cubic_bezier(parts["timingFunction"], f"{at}/timingFunction")


def _members(value: Any, at: str, required: Set[str], optional: Set[str] = frozenset()) -> Json:
    if not isinstance(value, dict):
        raise DocumentError(at, f"This is an object with {', '.join(sorted(required))}.")
    for name in sorted(required - set(value)):
        raise DocumentError(at, f"{name} is missing.")
    for name in value:
        if name not in required and name not in optional:
            raise DocumentError(f"{at}/{name}", "The format knows no such member here.")
    return value


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise DocumentError(at, "This is a list.")
    return value


def _number(value: Any, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise DocumentError(at, "This is a number.")
    return float(value)


def _within(value: Any, at: str, low: float, high: float, *, open_end: bool = False) -> float:
    number = _number(value, at)
    if not low <= number <= high or (open_end and number == high):
        raise DocumentError(at, f"This is a number from {low:g} {'below' if open_end else 'to'} {high:g}.")
    return number


def _to_srgb(space: str, numbers: list[float]) -> list[float]:
    from coloraide import Color  # here, because it takes half of the engine's time to import and pictures need none

    if space in ("hsl", "hwb"):
        numbers = [numbers[0], numbers[1] / 100, numbers[2] / 100]
    converted = Color(space, numbers).convert("srgb").fit(method="oklch-chroma")
    return [min(1.0, max(0.0, part)) for part in converted.coords(nans=False)]


# What each type is checked by; only those of the reader's table become values of the engine.
CHECKS: Mapping[str, Callable[[Any, str], object]] = {
    "color": colour,
    "dimension": dimension,
    "fontFamily": font_family,
    "fontWeight": font_weight,
    "number": _number,
    "duration": _duration,
    "cubicBezier": _cubic_bezier,
    "strokeStyle": stroke_style,
    "border": border,
    "transition": _transition,
    "shadow": shadow,
    "gradient": gradient,
    "typography": typography,
}
