"""APCA, version 0.0.98G-4g of its published formula: information beside WCAG 2.2, never a verdict."""

from __future__ import annotations

from designsystem.engine.values import Colour

_WEIGHTS = (0.2126729, 0.7151522, 0.0721750)
_BLACK, _BLACK_CLAMP = 0.022, 1.414
_SCALE, _OFFSET, _NONE = 1.14, 0.027, 0.1


def lightness_contrast(text: Colour, ground: Colour) -> float:
    """Lc, about -108 to 106: positive for dark text on a light ground."""
    ink, paper = _luminance(text), _luminance(ground)
    if abs(ink - paper) < 0.0005:
        return 0.0
    if paper > ink:
        value = (paper**0.56 - ink**0.57) * _SCALE
        return 0.0 if value < _NONE else (value - _OFFSET) * 100
    value = (paper**0.65 - ink**0.62) * _SCALE
    return 0.0 if value > -_NONE else (value + _OFFSET) * 100


def _luminance(colour: Colour) -> float:
    """Screen luminance with the soft clamp of blacks."""
    channels = zip((colour.red, colour.green, colour.blue), _WEIGHTS, strict=True)
    value = sum(float((channel / 255) ** 2.4) * weight for channel, weight in channels)
    return value if value > _BLACK else value + float((_BLACK - value) ** _BLACK_CLAMP)
