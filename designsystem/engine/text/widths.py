"""How wide the letters of a run are.

Hinting rounds heights to whole pixels and leaves widths alone: they tell sizes apart that heights cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.text.components import Boxes
from designsystem.engine.text.glyphs import Heights
from designsystem.engine.text.patch import Coverage

Floats = npt.NDArray[np.float64]

_EVEN = 0.06  # median relative deviation of the distances: monospace stays below, proportional text is near 0.2
_SAME = 0.13  # a distance this near the median is one letter wide
_MOST = 0.8  # of the distances are that in monospace
_FEWEST_EVEN = (2, 4)  # distances that show monospacing: of digits, of text
_PITCHES = (0.8, 1.5)  # of the x-height: 0.6 em in every monospaced family


@dataclass(frozen=True, slots=True)
class Widths:
    """Device pixels, None where no letter shows them.

    `median` is the ink width of the x-high letters, of capitals or digits where there are none, from `count` of them;
    `advance` the mean distance between neighbours inside words, from `steps` of them; `even` whether all are the same,
    as in monospaced text and tabular digits.
    """

    median: float | None
    count: int
    advance: float | None
    steps: int
    even: bool


def measure_widths(ink: Coverage, boxes: Boxes, heights: Heights) -> Widths:
    """Widths of the letters in `boxes` (relative to `ink`)."""
    capitals = heights.cap_height or 1.35 * heights.body
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    rise, drop = heights.baseline - boxes[:, 1], boxes[:, 3] - heights.baseline
    edges = np.array([_sides(ink, box) for box in boxes.tolist()])
    tolerance = max(1.01, 0.09 * capitals)
    if heights.x_height is None:
        single = (rise > 0.87 * capitals) & (rise < 1.2 * capitals) & (width > 0.4 * height)
    else:
        single = (np.abs(rise - heights.x_height) <= tolerance) & (width > 0.5 * height)
    single &= (np.abs(drop) <= tolerance) & (width < 1.3 * height)
    widths = (edges[:, 1] - edges[:, 0])[single]
    letters = (height > 0.4 * capitals) & (rise < 1.5 * capitals) & (drop < 0.6 * capitals)
    steps = _steps(edges[letters], capitals)
    even = _same(steps, heights)
    inside = steps if even is None else steps[even]
    return Widths(
        median=float(np.median(widths)) if widths.size else None,
        count=int(widths.size),
        advance=float(inside.mean()) if inside.size else None,
        steps=int(inside.size),
        even=even is not None,
    )


def _steps(edges: Floats, capitals: float) -> Floats:
    """Distances between the middles of neighbours inside words."""
    return np.asarray(np.diff(edges.mean(axis=1))[edges[1:, 0] - edges[:-1, 1] < 0.42 * capitals])


def _same(steps: Floats, heights: Heights) -> npt.NDArray[np.bool_] | None:
    """Which of the distances are one letter wide, None where they vary as in proportional text."""
    if steps.size < _FEWEST_EVEN[heights.x_height is not None]:
        return None
    usual = float(np.median(steps))
    off = np.abs(steps - usual)
    same = off < _SAME * usual
    low, high = _PITCHES
    body = heights.x_height or 0.74 * heights.body
    fits = low * body < usual < high * body
    return np.asarray(same) if fits and float(np.median(off)) < _EVEN * usual and same.mean() > _MOST else None


def _sides(ink: Coverage, box: list[int]) -> tuple[float, float]:
    """Left and right edge with the fraction of a pixel that the outermost columns cover."""
    left, top, right, bottom = box
    columns = ink[top:bottom, left:right].max(axis=0)
    if columns.size < 2:
        return float(left), left + float(columns[0])
    return left + 1 - float(columns[0]), right - 1 + float(columns[-1])
