"""Names of colours: hue family and lightness step in OKLCH, so that a name survives a small change of the colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

import numpy as np

from designsystem.engine.colour_space import as_rgb, oklch
from designsystem.engine.values import Colour

# Upper bounds of hue in degrees; the sectors follow the hues that the families have in common palettes.
_HUES = (
    (8.0, "pink"),
    (40.0, "red"),
    (70.0, "orange"),
    (112.0, "yellow"),
    (170.0, "green"),
    (200.0, "teal"),
    (232.0, "cyan"),
    (283.0, "blue"),
    (315.0, "purple"),
    (360.0, "pink"),
)
FAMILIES = ("gray", "red", "orange", "yellow", "green", "teal", "cyan", "blue", "purple", "pink")

# Below this chroma a colour reads as grey. Tints near white keep their hue at far less chroma than midtones do.
_GREY_LIGHTNESS = (0.70, 0.87, 0.93, 0.95, 0.98, 1.0)
_GREY_CHROMA = (0.045, 0.028, 0.018, 0.011, 0.008, 0.006)

# Lightness of the conventional steps, midway between those of the palettes in common use.
_LIGHTNESS = (0.0, 0.20, 0.29, 0.35, 0.43, 0.50, 0.60, 0.707, 0.80, 0.89, 0.945, 0.98, 1.0)
_STEPS = (1000.0, 950.0, 900.0, 800.0, 700.0, 600.0, 500.0, 400.0, 300.0, 200.0, 100.0, 50.0, 0.0)
_CONVENTIONAL = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950)

_WHITE, _BLACK = "#ffffff", "#000000"


def colour_names(colours: Sequence[Colour], weights: Sequence[float]) -> tuple[str, ...]:
    """One unique name for each of the distinct `colours`.

    The heaviest colour of a step has the conventional name ("blue-500"); others of the same family and step are named
    by a finer step ("blue-480", "blue-483") and at last by their value.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for i in sorted(range(len(colours)), key=lambda i: (-weights[i], colours[i])):
        names[i] = next(name for name in _candidates(colours[i]) if name not in taken)
        taken.add(names[i])
    return tuple(names[i] for i in range(len(colours)))


def colour_name(colour: Colour) -> str:
    """The conventional name of one colour, unique only by chance."""
    return next(_candidates(colour))


def palette_order(colour: Colour) -> tuple[int, float, Colour]:
    """Sort key: greys first, then round the hue circle; light before dark inside a family."""
    lightness, _, _ = oklch(as_rgb([colour]))[0]
    return (FAMILIES.index(_family(colour)), -round(float(lightness), 6), colour)


def _candidates(colour: Colour) -> Iterator[str]:
    suffix = f"-a{round(colour.alpha * 100)}" if colour.alpha < 1 else ""
    if colour.hex in (_WHITE, _BLACK):
        yield ("white" if colour.hex == _WHITE else "black") + suffix
    else:
        family, exact = _family(colour), _step(colour)
        nearest = min(_CONVENTIONAL, key=lambda step: (abs(step - exact), step))
        for step in (nearest, floor(exact / 10 + 0.5) * 10, floor(exact + 0.5)):
            yield f"{family}-{step}{suffix}"
    yield f"{_family(colour)}-{colour.hex[1:]}{suffix}"
    yield f"{_family(colour)}-{colour.hex[1:]}-{colour.alpha:g}".replace(".", "-")


def _family(colour: Colour) -> str:
    lightness, chroma, hue = oklch(as_rgb([colour]))[0]
    if chroma < np.interp(lightness, _GREY_LIGHTNESS, _GREY_CHROMA):
        return "gray"
    return next(name for bound, name in _HUES if hue <= bound)


def _step(colour: Colour) -> float:
    lightness = oklch(as_rgb([colour]))[0, 0]
    return float(np.interp(lightness, _LIGHTNESS, _STEPS))
