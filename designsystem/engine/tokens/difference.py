"""How far two values of a kind are apart, part by part: colours by CIEDE2000, lengths by px."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from designsystem.engine.tokens.colour_distance import delta_e
from designsystem.engine.values import (
    Border,
    Colour,
    Gradient,
    Radius,
    Shadow,
    ShadowLayer,
    Spacing,
    Typography,
    Value,
)


class Unit(StrEnum):
    """What a distance is counted in. Stable: the API and stored reports carry the words."""

    DELTA_E = "ΔE00"
    PX = "px"
    ALPHA = "alpha"
    WEIGHT = "weight"
    RATIO = "ratio"
    DEGREES = "deg"
    CHOICE = "choice"  # different or not: a line style, a family, one layer more


# From where on a difference is seen to be another value, and no longer the same one changed.
FAR = {
    Unit.DELTA_E: 15.0,
    Unit.PX: 4.0,
    Unit.ALPHA: 0.3,
    Unit.WEIGHT: 300.0,
    Unit.RATIO: 0.4,
    Unit.DEGREES: 45.0,
    Unit.CHOICE: 1.0,
}


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What counts as the same: the noise of measuring one interface twice. All zero compares exactly."""

    delta_e: float = 1.0
    px: float = 0.5
    alpha: float = 0.02
    weight: float = 50.0
    ratio: float = 0.05
    degrees: float = 2.0

    def of(self, unit: Unit) -> float:
        return {
            Unit.DELTA_E: self.delta_e,
            Unit.PX: self.px,
            Unit.ALPHA: self.alpha,
            Unit.WEIGHT: self.weight,
            Unit.RATIO: self.ratio,
            Unit.DEGREES: self.degrees,
            Unit.CHOICE: 0.0,
        }[unit]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a value that differs: "size" from "16px" to "18px", a distance of 2 px."""

    name: str
    before: str
    after: str
    distance: float
    unit: Unit


def difference(before: Value, after: Value, tolerances: Tolerances) -> tuple[Part, ...]:
    """The parts that differ by more than the tolerances; none when the values are the same. Kinds must be equal."""
    return tuple(part for part in _parts(before, after) if part.distance > tolerances.of(part.unit))


def closeness(before: Value, after: Value) -> float:
    """0 for equal values, up to 1 for those that may still be one value changed, above for different ones."""
    return max((part.distance / FAR[part.unit] for part in _parts(before, after)), default=0.0)


def _parts(before: Value, after: Value) -> list[Part]:
    match before, after:
        case Colour(), Colour():
            return _colour("color", before, after)
        case Spacing(), Spacing():
            return [_length("length", before.px, after.px)]
        case Radius(), Radius():
            return _radius(before, after)
        case Border(), Border():
            return [
                _length("width", before.width, after.width),
                _choice("style", before.style, after.style),
                *_colour("color", before.colour, after.colour),
            ]
        case Typography(), Typography():
            return _typography(before, after)
        case Shadow(), Shadow():
            return _shadow(before, after)
        case Gradient(), Gradient():
            return _gradient(before, after)
    raise TypeError(f"{type(before).__name__} and {type(after).__name__} cannot be compared")


def _colour(name: str, before: Colour, after: Colour) -> list[Part]:
    return [
        Part(name, before.hex, after.hex, round(delta_e(before, after), 3), Unit.DELTA_E),
        Part(f"{name} alpha", f"{before.alpha:g}", f"{after.alpha:g}", abs(before.alpha - after.alpha), Unit.ALPHA),
    ]


def _radius(before: Radius, after: Radius) -> list[Part]:
    if before.full or after.full:
        return [_choice("radius", *("full" if each.full else f"{each.px:g}px" for each in (before, after)))]
    return [_length("radius", before.px, after.px)]


def _typography(before: Typography, after: Typography) -> list[Part]:
    """What one of them does not know is no difference; the colour is a token of its own."""
    parts = [
        _length("size", before.size, after.size),
        Part("weight", str(before.weight), str(after.weight), abs(before.weight - after.weight), Unit.WEIGHT),
        _choice("class", before.font_class, after.font_class),
    ]
    if before.line_height is not None and after.line_height is not None:
        distance = abs(before.line_height - after.line_height)
        parts.append(Part("line height", f"{before.line_height:g}", f"{after.line_height:g}", distance, Unit.RATIO))
    if before.letter_spacing is not None and after.letter_spacing is not None:
        parts.append(_length("letter spacing", before.letter_spacing, after.letter_spacing))
    if before.families and after.families:
        parts.append(_choice("family", before.families[0], after.families[0]))
    return parts


def _shadow(before: Shadow, after: Shadow) -> list[Part]:
    if len(before.layers) != len(after.layers):
        return [_choice("layers", str(len(before.layers)), str(len(after.layers)))]
    return [
        part
        for place, (one, other) in enumerate(zip(before.layers, after.layers, strict=True), start=1)
        for part in _layer("" if len(before.layers) == 1 else f"layer {place} ", one, other)
    ]


def _layer(prefix: str, before: ShadowLayer, after: ShadowLayer) -> list[Part]:
    return [
        _length(f"{prefix}x", before.offset_x, after.offset_x),
        _length(f"{prefix}y", before.offset_y, after.offset_y),
        _length(f"{prefix}blur", before.blur, after.blur),
        _length(f"{prefix}spread", before.spread, after.spread),
        _choice(f"{prefix}inset", str(before.inset).lower(), str(after.inset).lower()),
        *_colour(f"{prefix}color", before.colour, after.colour),
    ]


def _gradient(before: Gradient, after: Gradient) -> list[Part]:
    parts = [_choice("kind", before.kind, after.kind)]
    if before.angle is not None and after.angle is not None:
        turn = abs((before.angle - after.angle + 180) % 360 - 180)
        parts.append(Part("angle", f"{before.angle:g}deg", f"{after.angle:g}deg", turn, Unit.DEGREES))
    if len(before.stops) != len(after.stops):
        return [*parts, _choice("stops", str(len(before.stops)), str(len(after.stops)))]
    for place, (one, other) in enumerate(zip(before.stops, after.stops, strict=True), start=1):
        parts += _colour(f"stop {place}", one.colour, other.colour)
        distance = abs(one.position - other.position)
        parts.append(Part(f"stop {place} position", f"{one.position:g}", f"{other.position:g}", distance, Unit.RATIO))
    return parts


def _length(name: str, before: float, after: float) -> Part:
    return Part(name, f"{before:g}px", f"{after:g}px", round(abs(before - after), 3), Unit.PX)


def _choice(name: str, before: str, after: str) -> Part:
    return Part(name, str(before), str(after), float(before != after), Unit.CHOICE)
