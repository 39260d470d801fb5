"""What the ink of one line says about its letters: baseline, heights and the width of stems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.text.components import Boxes
from designsystem.engine.text.patch import Coverage

_DESCENDS = 0.33  # of the x-height: brackets hang less low than the letters g, p, q and y
_STEM_RANK = 0.4  # stems are the narrower runs, but the narrowest are slanted or cut
_BOX_FILL = 0.82  # of its bounding box: the boldest letters fill less
_BOX_SIDE = 0.75


@dataclass(frozen=True, slots=True)
class Heights:
    """Device pixels; a height is None where no letter shows it. `letters` counts the pieces that are no mere marks."""

    baseline: float
    x_height: float | None
    cap_height: float | None
    letters: int

    @property
    def body(self) -> float:
        """The height of the rows that every letter crosses."""
        return self.x_height or self.cap_height or 0.0

    def fits(self, boxes: Boxes) -> npt.NDArray[np.bool_]:
        """Which of `boxes` may be of this text: icons and frames stick out."""
        capitals = self.cap_height or 1.4 * self.body
        fitting = (boxes[:, 1] > self.baseline - 1.45 * capitals) & (boxes[:, 3] < self.baseline + 0.5 * capitals)
        return np.asarray(fitting if fitting.any() else ~fitting)


def measure_heights(ink: Coverage, boxes: Boxes) -> Heights | None:
    """Baseline, x-height and cap height from the edges of the letters in `boxes` (relative to `ink`)."""
    edges = np.array([_edges(ink, box) for box in boxes.tolist()])
    tops, bottoms = edges[:, 0], edges[:, 1]
    tall = bottoms - tops >= 0.45 * (bottoms - tops).max()
    if not tall.any():
        return None
    tolerance = max(0.6, 0.03 * float((bottoms - tops).max()))
    baseline = _baseline(bottoms[tall], tolerance)
    rising = baseline - tops[tall & (bottoms > baseline - 1.5 * tolerance)]
    rising = rising[rising > 0]
    if not rising.size:
        return None
    standing = rising.size + int((tall & (bottoms > baseline + 1.5 * tolerance)).sum())
    if standing < 0.6 * tall.sum():
        return None
    lower, upper = _split(rising, tolerance)
    if lower is None and upper is not None and (bottoms[tall] > baseline + _DESCENDS * upper).any():
        lower, upper = upper, None  # capitals and digits do not hang so low: these are x-high letters alone
    return Heights(baseline, lower, upper, letters=standing)


def _baseline(bottoms: npt.NDArray[np.float64], tolerance: float) -> float:
    """The highest edge on which many letters stand; below it hang the descenders, sometimes of most letters."""
    standing = (np.abs(bottoms[:, None] - bottoms[None, :]) <= tolerance).sum(axis=1)
    highest = bottoms[standing >= 0.4 * standing.max()].min()
    return float(bottoms[np.abs(bottoms - highest) <= tolerance].mean())


def _split(rising: npt.NDArray[np.float64], tolerance: float) -> tuple[float | None, float | None]:
    """Lower and upper cluster of the letters' heights; where there is but one it is the capitals' or digits'."""
    upper = _mode(rising[rising >= 0.87 * rising.max()], tolerance)
    lower = rising[(rising <= 0.85 * upper) & (rising >= 0.55 * upper)]
    if lower.size < 0.12 * rising.size:
        return None, upper
    return _mode(lower, tolerance), upper


def is_box(ink: Coverage, box: list[int]) -> bool:
    """Whether a piece is a filled or framed box, as buttons, fields and swatches are and letters are not."""
    left, top, right, bottom = box
    part = ink[top:bottom, left:right] > 0.3
    if 2 * (right - left) < bottom - top:
        return False
    sides = (part[0], part[-1], part[:, 0], part[:, -1])
    return bool(part.mean() >= _BOX_FILL) or all(side.mean() >= _BOX_SIDE for side in sides)


def measure_stroke(ink: Coverage) -> float | None:
    """Width of the vertical stems: a low percentile of the runs of ink in the rows between x-height and baseline."""
    bounds = np.zeros((ink.shape[0], ink.shape[1] + 2), dtype=np.int8)
    bounds[:, 1:-1] = ink > 0.1
    steps = np.diff(bounds, axis=1)
    starts, ends = np.nonzero(steps == 1), np.nonzero(steps == -1)
    if not starts[0].size:
        return None
    sums = np.zeros((ink.shape[0], ink.shape[1] + 1))
    np.cumsum(ink, axis=1, out=sums[:, 1:])
    widths = sums[ends] - sums[starts]
    return float(np.sort(widths)[int(_STEM_RANK * (widths.size - 1))])


def _edges(ink: Coverage, box: list[int]) -> tuple[float, float]:
    """Upper and lower edge of a letter with the fraction of a pixel that its outermost rows cover."""
    left, top, right, bottom = box
    rows = ink[top:bottom, left:right].max(axis=1)
    solid = np.flatnonzero(rows >= 0.5)
    if not solid.size:
        return float(top), float(bottom)
    first, last = int(solid[0]), int(solid[-1])
    above = float(rows[first - 1]) if first else 0.0
    below = float(rows[last + 1]) if last + 1 < rows.size else 0.0
    return top + first + 1 - float(rows[first]) - above, top + last + float(rows[last]) + below


def _mode(values: npt.NDArray[np.float64], tolerance: float) -> float:
    """Mean of the values around the densest one."""
    near = np.abs(values[:, None] - values[None, :]) <= tolerance
    return float(values[near[int(near.sum(axis=1).argmax())]].mean())
