"""Names of everything but colours. Each name depends on the value before it depends on its neighbours, so that one
more value on the page renames nothing; the heaviest value of a step has the plain name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from math import log2
from typing import TypeVar

from designsystem.engine.tokens.palette import colour_name
from designsystem.engine.values import Border, Colour, Gradient, LineStyle, Radius, Shadow, Spacing, Typography

BOLD = 600  # CSS: the weights from here on are told apart from the regular ones by everybody

_SPACING_UNIT = 4.0  # px; the unit that utility frameworks count in
_RADII = (("xs", 2.0), ("sm", 4.0), ("md", 6.0), ("lg", 8.0), ("xl", 12.0), ("2xl", 16.0), ("3xl", 24.0), ("4xl", 32.0))
_BLURS = (("2xs", 1.0), ("xs", 2.0), ("sm", 4.0), ("md", 8.0), ("lg", 16.0), ("xl", 25.0), ("2xl", 50.0))
_WEIGHTS = (
    (100, "thin"),
    (200, "extra-light"),
    (300, "light"),
    (400, "regular"),
    (500, "medium"),
    (600, "semi-bold"),
    (700, "bold"),
    (800, "extra-bold"),
    (900, "black"),
)
_BODY_SIZES = (11.0, 20.0)  # px; running text outside of these is not the interface's body
_SAME_SIZE = 0.5  # px
_LARGE = 1.2  # times the body size; text below is a larger body where it is no bolder

V = TypeVar("V")


def spacing_names(values: Sequence[Spacing], weights: Sequence[float]) -> tuple[str, ...]:
    """The length in quarters of 16 px, as utility frameworks count: 16 px is "4", 10 px is "2-5"."""
    return _unique(values, weights, lambda value: [_number(value.px / _SPACING_UNIT), f"{_number(value.px)}px"])


def radius_names(values: Sequence[Radius], weights: Sequence[float]) -> tuple[str, ...]:
    """T-shirt sizes by the nearest conventional radius; "full" for pills and circles."""

    def candidates(value: Radius) -> list[str]:
        if value.full:
            return ["full"]
        size = _nearest(_RADII, value.px)
        return ["none" if value.px == 0 else size, f"{size}-{_number(value.px)}"]

    return _unique(values, weights, candidates)


def border_names(values: Sequence[Border], weights: Sequence[float], palette: dict[Colour, str]) -> tuple[str, ...]:
    """The colour, then what differs from a solid line of one pixel: "gray-200", "blue-500-2px-dashed"."""

    def candidates(value: Border) -> list[str]:
        colour = palette.get(value.colour) or colour_name(value.colour)
        width = "" if value.width == 1 else f"-{_number(value.width)}px"
        style = "" if value.style is LineStyle.SOLID else f"-{value.style}"
        return [f"{colour}{width}{style}", f"{colour}{width}{style}-{value.colour.hex[1:]}"]

    return _unique(values, weights, candidates)


def shadow_names(values: Sequence[Shadow], weights: Sequence[float]) -> tuple[str, ...]:
    """T-shirt sizes by the widest blur; "inset-" before a shadow that lies inside; further ones by their geometry."""

    def candidates(value: Shadow) -> list[str]:
        layer = max(value.layers, key=lambda layer: (layer.blur, layer.offset_y))
        inset = "inset-" if layer.inset else ""
        size = inset + _nearest(_BLURS, max(layer.blur, 0.5))
        offset = f"{size}-{_number(abs(layer.offset_y))}-{_number(layer.blur)}"
        return [size, offset, f"{offset}-{colour_name(layer.colour)}"]

    return _unique(values, weights, candidates)


def gradient_names(values: Sequence[Gradient], weights: Sequence[float], palette: dict[Colour, str]) -> tuple[str, ...]:
    """The first and the last colour, then the kind and angle where two gradients share them."""

    def candidates(value: Gradient) -> list[str]:
        first, last = (
            palette.get(stop.colour) or colour_name(stop.colour) for stop in (value.stops[0], value.stops[-1])
        )
        angle = "" if value.angle is None else f"-{_number(value.angle % 360)}"
        return [f"{first}-to-{last}", f"{first}-to-{last}-{value.kind}{angle}"]

    return _unique(values, weights, candidates)


def typography_names(values: Sequence[Typography], counts: Sequence[int]) -> tuple[str, ...]:
    """ "body" is the commonest running text; larger sizes are "heading-1" and on, smaller ones "caption" and on.

    A size a little larger than body and no bolder is "body-large". The plain name of a size is its commonest weight's;
    others add theirs: "body-bold". Values differ in size or weight.
    """
    if not values:
        return ()
    running = max(range(len(values)), key=lambda i: _body_claim(values[i], counts[i]))
    weights = [float("inf") if i == running else float(counts[i]) for i in range(len(values))]
    levels = _levels(values, weights, values[running].size)

    def candidates(value: Typography) -> list[str]:
        level = levels[value.size]
        return [level, f"{level}-{_weight_name(value.weight)}", f"{level}-{value.weight}"]

    return _unique(values, weights, candidates)


def _levels(values: Sequence[Typography], weights: Sequence[float], body: float) -> dict[float, str]:
    """The name of each size, by the size of the body text and by how the size is mostly set."""
    names: dict[float, str] = {}
    places: Counter[str] = Counter()
    for sizes in _same_sizes(values):
        styles = [i for i in range(len(values)) if values[i].size in sizes]
        common = values[max(styles, key=lambda i: weights[i])]
        kind = _kind(common, body)
        places[kind] += 1
        number = "" if kind == "body" or (places[kind] == 1 and kind != "heading") else f"-{places[kind]}"
        level = f"{kind}{number}"
        names.update({size: level if size == common.size else f"{level}-{_number(size)}" for size in sizes})
    return names


def _kind(style: Typography, body: float) -> str:
    if abs(style.size - body) <= _SAME_SIZE:
        return "body"
    if style.size < body:
        return "caption"
    return "body-large" if style.size < _LARGE * body and style.weight < BOLD else "heading"


def _same_sizes(values: Sequence[Typography]) -> list[list[float]]:
    """The sizes, descending, in groups that lie within half a pixel of the group's largest."""
    groups: list[list[float]] = []
    for size in sorted({value.size for value in values}, reverse=True):
        if groups and groups[-1][0] - size <= _SAME_SIZE:
            groups[-1].append(size)
        else:
            groups.append([size])
    return groups


def _body_claim(value: Typography, sightings: int) -> tuple[bool, bool, int, float]:
    low, high = _BODY_SIZES
    return (low <= value.size <= high, value.weight < BOLD, sightings, -value.size)


def _weight_name(weight: int) -> str:
    return min(_WEIGHTS, key=lambda named: (abs(named[0] - weight), named[0]))[1]


def _nearest(steps: Sequence[tuple[str, float]], value: float) -> str:
    """The step nearest in ratio, as sizes are told apart by eye."""
    return min(steps, key=lambda step: abs(log2(max(value, 0.25) / step[1])))[0]


def _number(value: float) -> str:
    """A number as a part of a name: a dot would end the part, so "1.5" is "1-5"."""
    return f"{round(value, 3):.3f}".rstrip("0").rstrip(".").replace(".", "-")


def _unique(values: Sequence[V], weights: Sequence[float], candidates: Callable[[V], Sequence[str]]) -> tuple[str, ...]:
    """The first free candidate for each value, the heaviest value first; numbered when all are taken."""

    def names_of(value: V) -> Iterator[str]:
        named = candidates(value)
        yield from named
        yield from (f"{named[-1]}-{number}" for number in count(2))

    found: dict[int, str] = {}
    taken: set[str] = set()
    for i in sorted(range(len(values)), key=lambda i: (-weights[i], i)):
        found[i] = next(name for name in names_of(values[i]) if name not in taken)
        taken.add(found[i])
    return tuple(found[i] for i in range(len(values)))
