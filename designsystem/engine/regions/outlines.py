"""The outline of a flat area: is it a box, and how do its corners end?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import FlatAreas, Ints
from designsystem.engine.scene import Shape

_MINIMUM_COVERAGE = 0.6
_MINIMUM_MEAN_COVERAGE = 0.8
_EVEN = 0.6  # of the reach along one side, what a corner reaches along the other; longer ellipses are no boxes


@dataclass(frozen=True, slots=True)
class Outline:
    """A box-like flat area. `straight` is where its sides run straight: columns left-right, rows top-bottom."""

    area: int
    box: Box
    shape: Shape
    straight: Box


def trace_outline(areas: FlatAreas, area: int) -> Outline | None:
    """The outline of an area whose four sides are straight between square or rounded corners, else None.

    Holes do not matter: text and child boxes leave them. Circles and pills are boxes with the largest corners.
    """
    box = Box.from_edges(int(areas.left[area]), int(areas.top[area]), int(areas.right[area]), int(areas.bottom[area]))
    first, last = areas.row_extents(area)
    lefts, rights = first - box.x, box.right - last
    if _spanned_share(lefts, rights, box) < 0.7:
        return None
    tops, bottoms = _column_gaps(areas.mask(area))
    corners = (
        _corner_radius(lefts, tops),
        _corner_radius(rights, tops[::-1]),
        _corner_radius(rights[::-1], bottoms[::-1]),
        _corner_radius(lefts[::-1], bottoms),
    )
    top_left, top_right, bottom_right, bottom_left = corners
    coverage = (
        _coverage(tops, top_left, top_right),
        _coverage(rights, top_right, bottom_right),
        _coverage(bottoms, bottom_left, bottom_right),
        _coverage(lefts, top_left, bottom_left),
    )
    if min(coverage) < _MINIMUM_COVERAGE or sum(coverage) < 4 * _MINIMUM_MEAN_COVERAGE:
        return None
    straight = Box.from_edges(
        box.x + min(max(top_left, bottom_left), box.width // 2),
        box.y + min(max(top_left, top_right), box.height // 2),
        box.right - min(max(top_right, bottom_right), (box.width - 1) // 2),
        box.bottom - min(max(bottom_left, bottom_right), (box.height - 1) // 2),
    )
    return Outline(area, box, _shape(corners, box), straight)


def _spanned_share(lefts: Ints, rights: Ints, box: Box) -> float:
    """Share of the bounds that the rows span from first to last pixel: 1 for a rectangle, pi/4 for a circle."""
    return 1 - (int(lefts.sum()) + int(rights.sum())) / box.area


def _column_gaps(mask: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Empty pixels above the first and below the last pixel of each column."""
    return (
        np.argmax(mask, axis=0).astype(np.int32),
        np.argmax(mask[::-1], axis=0).astype(np.int32),
    )


def _corner_radius(side: Ints, end: Ints) -> int:
    """Pixels that a corner takes along both sides, 0 when it is square.

    `side` and `end` are the gaps seen along the two sides, starting at the corner. A rounded corner's gap shrinks
    along both and its two views agree; anything else (a notch) counts as square and lowers the coverage.
    """
    along, across = _settles(side), _settles(end)
    reach = max(along, across)
    if reach == 0 or min(along, across) < _EVEN * reach - 1:
        return 0
    return reach


def _settles(gaps: Ints) -> int:
    """How many entries pass before the gap closes, when it shrinks on the way; 0 when it is closed or jumps about."""
    half = gaps[: max(1, (len(gaps) + 1) // 2)]
    if half[0] == 0:
        return 0
    closed = np.flatnonzero(half <= 0)
    count = int(closed[0]) if len(closed) else len(half)
    falling = np.diff(half[:count])
    return count if len(falling) == 0 or float(np.mean(falling <= 0)) >= 0.9 else 0


def _coverage(gaps: Ints, from_corner: int, to_corner: int) -> float:
    """Share of a side, corners left out, that lies on the bounds (a pixel of play for anti-aliasing)."""
    middle = gaps[from_corner : len(gaps) - to_corner]
    return float(np.mean(middle <= 1)) if len(middle) else 1.0


def _shape(corners: tuple[int, int, int, int], box: Box) -> Shape:
    largest = max(corners)
    if largest <= 1:
        return Shape.RECTANGLE
    return Shape.PILL if min(corners) >= 0.4 * min(box.width, box.height) else Shape.ROUNDED
