"""How likely a run of text has each font size, for each family that it may be set in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designsystem.engine.scene import TextLine
from designsystem.engine.text.families import FAMILIES, Family

Floats = npt.NDArray[np.float64]

_HINTED_BELOW = 1.5  # pixel ratio: browsers hint text on coarse screens only
# FreeType's light auto-hinter rounds the x-height up from 3/8 of a pixel and scales everything with it
# (aflatin.c, af_latin_metrics_scale_dim); the overshoot of round letters moves the bounds a little.
_ROUNDED_DOWN, _ROUNDED_UP, _BOUND_BLUR = 0.40, 0.61, 0.07
_CONTRADICTED = 9.0  # a measure that fits no size argues no further than this log-likelihood
_UNKNOWN_FAMILY = 0.1  # chance that a run is of no listed family
_PITCH = 0.6  # em: the advance of nearly every monospaced family
_USUAL_X, _USUAL_UPPER, _USUAL_CAPITAL = 0.532, 0.72, 0.712  # em, over families


def likelihoods(lines: Sequence[TextLine], bold: npt.NDArray[np.bool_], sizes: Floats, pixel_ratio: float) -> Floats:
    """(families, lines, sizes): log-likelihood of each line at each of `sizes`, CSS px, in each of FAMILIES."""
    device = sizes * pixel_ratio
    runs = _Runs(lines, bold)
    if pixel_ratio < _HINTED_BELOW:
        fit = np.stack([_hinted(runs, family, device) for family in FAMILIES])
    else:
        fit = np.stack([_unhinted(runs, family, device) for family in FAMILIES])
    found: Floats = np.logaddexp(fit, np.log(_UNKNOWN_FAMILY) + _of_any_family(runs, device))
    for index, line in enumerate(lines):
        if line.pitch is not None:
            found[:, index] = _monospaced(line.pitch, runs.body[index], device)
    return found


class _Runs:
    """The measures of the lines as columns (n, 1), device pixels, 0 where a measure is missing."""

    def __init__(self, lines: Sequence[TextLine], bold: npt.NDArray[np.bool_]) -> None:
        def column(values: list[float]) -> Floats:
            return np.array(values, dtype=np.float64)[:, None]

        self.x = column([line.x_height or 0.0 for line in lines])
        self.upper = column([line.cap_height or 0.0 for line in lines])
        self.body = column([line.x_height or 0.74 * (line.cap_height or 0.0) for line in lines])
        self.letter = column([line.letter_width or 0.0 for line in lines])
        self.measured = column([float(line.letters_measured) for line in lines])
        self.bold = bold[:, None]


def _hinted(runs: _Runs, family: Family, device: Floats) -> Floats:
    """(lines, sizes): heights are whole pixels, and all follow from the x-height's."""
    x_height = family.x_height * device
    rows = np.round(runs.x + 0.12)
    off = rows - x_height
    at_least = -np.logaddexp(0, -(off + _ROUNDED_DOWN) / _BOUND_BLUR)
    at_most = -np.logaddexp(0, (off - _ROUNDED_UP) / _BOUND_BLUR)
    by_x = np.maximum(at_least + at_most, -_CONTRADICTED) + _normal(
        runs.upper, family.upper / family.x_height * rows, 0.6, 0.03, 6
    )
    capital = family.capital / family.x_height * np.floor(x_height + _ROUNDED_UP)
    by_capital = _normal(runs.upper, capital, 0.4, 0.015, _CONTRADICTED)
    return _with_widths(runs, family, device, by_x, by_capital)


def _unhinted(runs: _Runs, family: Family, device: Floats) -> Floats:
    """(lines, sizes): heights are in proportion to the size."""
    by_x = _normal(runs.x, family.x_height * device, 0.3, 0.014, _CONTRADICTED) + _normal(
        runs.upper, family.upper * device, 0.6, 0.03, 6
    )
    by_capital = _normal(runs.upper, family.capital * device, 0.4, 0.015, _CONTRADICTED)
    return _with_widths(runs, family, device, by_x, by_capital)


def _with_widths(runs: _Runs, family: Family, device: Floats, by_x: Floats, by_capital: Floats) -> Floats:
    enough = runs.measured >= 3
    letter = np.where(runs.bold, family.letter[1], family.letter[0]) * device
    spread = np.hypot(0.03, 0.09 / np.sqrt(np.maximum(runs.measured, 1)))
    by_letters = np.where(enough, _normal(runs.letter, letter, 0.0, spread, 3), 0.0)
    digit = np.where(runs.bold, family.digit[1], family.digit[0]) * device
    by_digits = np.where(enough, _normal(runs.letter, digit, 0.0, 0.07, 1), 0.0)
    return np.where(runs.x > 0, by_x + by_letters, by_capital + by_digits)


def _of_any_family(runs: _Runs, device: Floats) -> Floats:
    by_x = _normal(runs.x, _USUAL_X * device, 0.4, 0.045, 15) + _normal(
        runs.upper, _USUAL_UPPER * device, 0.5, 0.04, 15
    )
    by_capital = _normal(runs.upper, _USUAL_CAPITAL * device, 0.45, 0.035, 15)
    return np.maximum(np.where(runs.x > 0, by_x, by_capital), -15.0)


def _monospaced(pitch: float, body: Floats, device: Floats) -> Floats:
    return _normal(pitch, _PITCH * device, 0.04, 0.01, 12) + _normal(body, 0.54 * device, 0.5, 0.04, 6)


def _normal(value: Floats | float, expected: Floats, pixels: float, share: Floats | float, worst: float) -> Floats:
    """Log-density, but for a constant, of `value` around `expected`; the spread is `pixels` and a `share` of it."""
    return np.asarray(np.maximum(-0.5 * ((value - expected) / np.hypot(pixels, share * expected)) ** 2, -worst))
