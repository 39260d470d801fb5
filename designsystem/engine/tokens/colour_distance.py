"""CIEDE2000 of two single colours. For one pair, arrays cost a hundred times what the formula does."""

from __future__ import annotations

from functools import lru_cache
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

from designsystem.engine.colour_space import as_rgb, lab_d65
from designsystem.engine.values import Colour

_BEND = 25.0**7


def delta_e(one: Colour, other: Colour) -> float:
    """What `colour_space.ciede2000` says of the pair (Sharma, Wu, Dalal 2005); alpha is left out."""
    light_1, a_1, b_1 = _lab(one)
    light_2, a_2, b_2 = _lab(other)
    mean = (hypot(a_1, b_1) + hypot(a_2, b_2)) / 2
    stretch = 1.5 - 0.5 * sqrt(mean**7 / (mean**7 + _BEND))
    chroma_1, hue_1 = _polar(a_1 * stretch, b_1)
    chroma_2, hue_2 = _polar(a_2 * stretch, b_2)
    grey = chroma_1 * chroma_2 == 0
    turn = 0.0 if grey else (hue_2 - hue_1 + 180.0) % 360.0 - 180.0
    hue = hue_1 + hue_2 if grey else (hue_1 + turn / 2) % 360.0
    lightness, chroma = (light_1 + light_2) / 2, (chroma_1 + chroma_2) / 2
    delta_l = (light_2 - light_1) / (1 + 0.015 * (lightness - 50) ** 2 / sqrt(20 + (lightness - 50) ** 2))
    delta_c = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    delta_h = 2 * sqrt(chroma_1 * chroma_2) * sin(radians(turn / 2)) / (1 + 0.015 * chroma * _hue_weight(hue))
    rotation = -2 * sqrt(chroma**7 / (chroma**7 + _BEND)) * sin(radians(60 * exp(-(((hue - 275) / 25) ** 2))))
    return sqrt(delta_l**2 + delta_c**2 + delta_h**2 + rotation * delta_c * delta_h)


@lru_cache(maxsize=16384)
def _lab(colour: Colour) -> tuple[float, float, float]:
    lightness, a, b = lab_d65(as_rgb([colour]))[0].tolist()
    return lightness, a, b


def _polar(a: float, b: float) -> tuple[float, float]:
    return hypot(a, b), degrees(atan2(b, a)) % 360.0


def _hue_weight(hue: float) -> float:
    return (
        1
        - 0.17 * cos(radians(hue - 30))
        + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6))
        - 0.20 * cos(radians(4 * hue - 63))
    )
