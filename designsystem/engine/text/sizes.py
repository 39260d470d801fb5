"""How likely a run of text has each font size, for each family that it may be set in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designsystem.engine.scene import TextLine
from designsystem.engine.text.families import FAMILIES, Family

Floats = npt.NDArray[np.float64]

HINTED_BELOW = 1.5  # pixel ratio: browsers hint text on coarse screens only
# FreeType's light auto-hinter rounds the x-height up from 3/8 of a pixel and scales everything with it
# (aflatin.c, af_latin_metrics_scale_dim); the overshoot of round letters moves the bounds a little.
_ROUNDED_DOWN, _ROUNDED_UP, _BOUND_BLUR = 0.39, 0.64, 0.05
_CONTRADICTED = 9.0  # a measure that fits no size argues no further than this log-likelihood
_UNKNOWN_FAMILY = 0.1  # chance that a run is of no listed family
_LETTERS, _STEPS, _CHOICE = 0.09, 0.22, 0.03  # relative spreads of one ink width, of one advance, of any mean
_WIDTHS_ARGUE, _DIGITS_ARGUE, _UPPER_ARGUES = 2.0, 0.5, 6.0  # the most that each may speak against a size
_UPPER_PX = 0.6  # ascenders and capitals differ, and either may be the commoner
_PITCH = 0.6  # em: the advance of nearly every monospaced family
# Letters of a short word may stand at equal distances by chance: log-odds that a run is monospaced, which grow with its
# distances and with the part of the page's letters that stand so.
_EVEN_STEPS, _EVEN_STEP, _EVEN_PAGE = 5.0, 0.5, 16.0
_USUAL_X, _USUAL_UPPER, _USUAL_CAPITAL = 0.532, 0.72, 0.712  # em, over families


def likelihoods(lines: Sequence[TextLine], bold: npt.NDArray[np.bool_], sizes: Floats, pixel_ratio: float) -> Floats:
    """(families, lines, sizes): log-likelihood of each line at each of `sizes`, CSS px, in each of FAMILIES."""
    device = sizes * pixel_ratio
    runs = _Runs(lines, bold)
    by_heights = _hinted if pixel_ratio < HINTED_BELOW else _unhinted
    fit = np.stack([by_heights(runs, family, device) for family in FAMILIES])
    found: Floats = np.logaddexp(fit, np.log(_UNKNOWN_FAMILY) + _of_any_family(runs, device))
    usual = _EVEN_PAGE * _share_of_even(lines)
    for index, line in enumerate(lines):
        if line.monospaced and line.advance is not None:
            meant = -np.logaddexp(0.0, _EVEN_STEPS - _EVEN_STEP * line.steps - usual)  # logarithm of the chance
            found[:, index] = np.logaddexp(found[:, index], meant + _monospaced(line.advance, runs.body[index], device))
    return found


def _share_of_even(lines: Sequence[TextLine]) -> float:
    """Part of the letters that stand in runs of equal distances."""
    return sum(line.glyphs for line in lines if line.monospaced) / max(1, sum(line.glyphs for line in lines))


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
        self.advance = column([line.advance or 0.0 for line in lines])
        self.steps = column([float(line.steps) for line in lines])
        self.even = np.array([line.even for line in lines])[:, None]
        self.bold = bold[:, None]


def _hinted(runs: _Runs, family: Family, device: Floats) -> Floats:
    """(lines, sizes): heights are whole pixels, and all follow from the x-height's."""
    weight = runs.bold.astype(np.intp)
    em = np.array(family.x_height)[weight]
    x_height = em * device
    rows = np.round(runs.x + 0.12)
    off = rows - x_height
    at_least = -np.logaddexp(0, -(off + _ROUNDED_DOWN) / _BOUND_BLUR)
    at_most = -np.logaddexp(0, (off - _ROUNDED_UP) / _BOUND_BLUR)
    by_x = np.maximum(at_least + at_most, -_CONTRADICTED) + _normal(
        runs.upper, family.upper / em * rows, _UPPER_PX, 0.03, _UPPER_ARGUES
    )
    capital = family.capital / em * np.floor(x_height + _ROUNDED_UP)
    by_capital = _normal(runs.upper, capital, 0.4, 0.015, _CONTRADICTED)
    return _with_widths(runs, family, device, by_x, by_capital)


def _unhinted(runs: _Runs, family: Family, device: Floats) -> Floats:
    """(lines, sizes): heights are in proportion to the size."""
    em = np.array(family.x_height)[runs.bold.astype(np.intp)]
    by_x = _normal(runs.x, em * device, 0.3, 0.014, _CONTRADICTED) + _normal(
        runs.upper, family.upper * device, _UPPER_PX, 0.03, _UPPER_ARGUES
    )
    by_capital = _normal(runs.upper, family.capital * device, 0.4, 0.015, _CONTRADICTED)
    return _with_widths(runs, family, device, by_x, by_capital)


def _with_widths(runs: _Runs, family: Family, device: Floats, by_x: Floats, by_capital: Floats) -> Floats:
    enough = runs.measured >= 3
    weight = runs.bold.astype(np.intp)
    letter = np.array(family.letter)[weight] * device
    by_letters = np.where(
        enough, _normal(runs.letter, letter, 0.0, _spread(_LETTERS, runs.measured), _WIDTHS_ARGUE), 0.0
    )
    advance = np.array(family.advance)[weight] * device
    by_advance = np.where(
        runs.steps >= 3, _normal(runs.advance, advance, 0.0, _spread(_STEPS, runs.steps), _WIDTHS_ARGUE), 0.0
    )
    digit = np.array(family.digit)[weight] * device
    by_digits = np.where(enough, _normal(runs.letter, digit, 0.0, 0.07, _DIGITS_ARGUE), 0.0)
    tabular = np.array(family.tabular)[weight] * device
    by_tabular = np.where(runs.even, _normal(runs.advance, tabular, 0.15, 0.015, _WIDTHS_ARGUE), 0.0)
    return np.where(runs.x > 0, by_x + by_letters + by_advance, by_capital + by_digits + by_tabular)


def _spread(single: float, count: Floats) -> Floats:
    """Relative spread of a mean over `count` letters, of which each strays by `single`; the choice of letters adds."""
    return np.asarray(np.hypot(_CHOICE, single / np.sqrt(np.maximum(count, 1))))


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
