"""The line around a round box: a circle touches a row of pixels at one place only, so it is read along single rays."""

from __future__ import annotations

import itertools

import numpy as np

from designsystem.engine.regions.flat_areas import Packed
from designsystem.engine.regions.frames import step
from designsystem.engine.regions.outlines import Outline

_FEWEST_RAYS = 3  # of four that must show the same line
_FAINTEST = 24  # levels by which it differs from the fill and from what lies outside
_FLAT = 3  # pixels of one colour that must follow outside
_BLENDS = 2  # pixels beside the line that it covers in part, one at each edge
_UNEVEN = 0.3  # pixels that its width may stray


def read_ring(packed: Packed, fill: int, outline: Outline, thickest: int) -> tuple[int, int] | None:
    """Colour and width, in pixels, of the line around the box; None where no even one runs all around it."""
    box = outline.box
    column, row = box.x + box.width // 2, box.y + box.height // 2
    reach = thickest + _BLENDS + _FLAT + 1
    rays = (
        packed[max(0, box.y - reach) : box.y + 2, column][::-1],
        packed[box.bottom - 2 : box.bottom + reach, column],
        packed[row, max(0, box.x - reach) : box.x + 2][::-1],
        packed[row, box.right - 2 : box.right + reach],
    )
    read = [line for ray in rays if (line := _line(ray, fill)) is not None]
    if len(read) < _FEWEST_RAYS or len({colour for colour, _ in read}) > 1:
        return None
    widths = [width for _, width in read]
    width = round(float(np.median(widths)))
    if width < 1 or width > thickest or max(abs(each - width) for each in widths) > _UNEVEN:
        return None
    return read[0][0], width


def _line(ray: Packed, fill: int) -> tuple[int, float] | None:
    """Colour and width of the line that a ray crosses on its way out of `fill`; one pixel at each edge is a blend."""
    runs = [(colour, len(list(run))) for colour, run in itertools.groupby(ray.tolist())]
    if len(runs) < 3 or runs[0][0] != fill:
        return None
    at = 1 if step(runs[1][0], fill) >= step(runs[2][0], fill) else 2
    line, width = runs[at]
    after = runs[at + 1 : at + 3]
    blend = after[0][0] if len(after) == 2 and after[0][1] == 1 else None
    beyond, flat = after[-1 if blend is not None else 0] if after else (line, 0)
    if flat < _FLAT or min(step(line, fill), step(line, beyond)) < _FAINTEST:
        return None
    inner = _covered(runs[1][0], fill, line) if at == 2 and runs[1][1] == 1 else 0.0
    return line, width + inner + (_covered(blend, beyond, line) if blend is not None else 0.0)


def _covered(blend: int, ground: int, line: int) -> float:
    """How much of a pixel the line covers, 0 to 1."""
    return min(1.0, step(blend, ground) / max(1, step(line, ground)))
