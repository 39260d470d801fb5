"""Where a box ends: the outer edge of what is painted alike on all sides, shadows and half-covered rows aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels
from designsystem.engine.scene import PaintedBox
from designsystem.engine.values import Colour

Floats = npt.NDArray[np.float64]

_LEAST_CONTRAST = 3  # of 255: three quantisation steps
_MOSTLY = 0.75  # a round end covers its outermost pixels only in part


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """How a box is painted: `fill` inside, `line` (both (3,) 8-bit) of `width` device px around it, 0 for no frame."""

    fill: Floats
    line: Floats
    width: float = 0.0

    @property
    def edge(self) -> Floats:
        return self.line if self.width else self.fill


def painted_edge(rgb: Pixels, painted: PaintedBox) -> tuple[Box, Paint]:
    """The box up to its outer edge, with its frame where that goes all around.

    A frame seen on two sides is looked for on the others, where round ends or a shadow may have hidden it; one that
    does not go around is taken for the first step of a shadow or for a decoration, and left outside.
    """
    fill = channels(painted.fill)
    box, frame = painted.box, painted.frame
    if frame is None:
        return _grown(rgb, box, fill), Paint(fill, fill)
    line, width = channels(frame.colour), round(frame.width)
    missing = [side for side, seen in enumerate(frame.sides) if not seen]
    if len(missing) <= 2:
        ends = {side: _line_end(rgb, box, side, line, width) for side in missing}
        if all(ends.values()):
            for side, by in ends.items():
                box = _moved(box, side, by)
            return box, Paint(fill, line, frame.width)
    inner = box
    for side, seen in enumerate(frame.sides):
        inner = _moved(inner, side, -width * seen)
    return _grown(rgb, inner, fill), Paint(fill, fill)


def channels(colour: Colour) -> Floats:
    """(3,) red, green, blue."""
    return np.array([colour.red, colour.green, colour.blue], dtype=np.float64)


def _moved(box: Box, side: int, by: int) -> Box:
    """The box with one side (top right bottom left) moved outwards."""
    top, right, bottom, left = (by if side == each else 0 for each in range(4))
    return Box.from_edges(box.x - left, box.y - top, box.right + right, box.bottom + bottom)


def _line_end(rgb: Pixels, box: Box, side: int, line: Floats, width: int) -> int:
    """Pixels from a side, in its middle, to the outer end of a line of about `width`; 0 where there is none."""
    height, across = rgb.shape[:2]
    x, y = box.x + box.width // 2, box.y + box.height // 2
    reach = np.arange(1, width + 5)
    xs, ys = {
        0: (np.full_like(reach, x), box.y - reach),
        1: (box.right - 1 + reach, np.full_like(reach, y)),
        2: (np.full_like(reach, x), box.bottom - 1 + reach),
        3: (box.x - reach, np.full_like(reach, y)),
    }[side]
    if xs.min() < 0 or ys.min() < 0 or xs.max() >= across or ys.max() >= height:
        return 0
    path = rgb[ys, xs].astype(np.float64)
    away = line - path[-1]
    span = float(away @ away)
    if span < _LEAST_CONTRAST**2:
        return 0
    share = (path - path[-1]) @ away / span
    return int(np.flatnonzero(share >= 0.5)[-1]) + 1 if share.max() >= _MOSTLY else 0


def _grown(rgb: Pixels, box: Box, fill: Floats) -> Box:
    """The box with the rows and columns that its round sides cover for the most part, but nowhere wholly."""
    height, width = rgb.shape[:2]
    columns, rows = _middle(box)
    top = box.y >= 2 and _mostly_covered(rgb[box.y - 1, columns], rgb[box.y - 2, columns], fill)
    left = box.x >= 2 and _mostly_covered(rgb[rows, box.x - 1], rgb[rows, box.x - 2], fill)
    bottom = box.bottom + 2 <= height and _mostly_covered(rgb[box.bottom, columns], rgb[box.bottom + 1, columns], fill)
    right = box.right + 2 <= width and _mostly_covered(rgb[rows, box.right], rgb[rows, box.right + 1], fill)
    return Box.from_edges(box.x - left, box.y - top, box.right + right, box.bottom + bottom)


def _middle(box: Box) -> tuple[slice, slice]:
    """The middle third of the columns and of the rows."""
    return (
        slice(max(0, box.x + box.width // 3), box.right - box.width // 3),
        slice(max(0, box.y + box.height // 3), box.bottom - box.height // 3),
    )


def _mostly_covered(outside: Pixels, ground: Pixels, fill: Floats) -> bool:
    """Whether the row just outside is painted with `fill` by half or more somewhere, over the ground beyond it."""
    away = ground - fill
    span = (away * away).sum(axis=-1)
    share = 1 - ((outside - fill) * away).sum(axis=-1) / np.maximum(span, 1)
    return bool(span.max(initial=0) > _LEAST_CONTRAST**2 and share.max(initial=0) >= 0.5)
