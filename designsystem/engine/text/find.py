"""Finds the text of a picture from its ink: no letter is recognised, none needs to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels, Raster
from designsystem.engine.scene import TextLine
from designsystem.engine.text.components import Boxes, find_ink
from designsystem.engine.text.glyphs import Heights, is_box, measure_heights, measure_stroke
from designsystem.engine.text.lines import form_lines
from designsystem.engine.text.patch import Coverage, Patch, extent
from designsystem.engine.text.rulers import ink_marks
from designsystem.engine.text.runs import split_hues, split_runs
from designsystem.engine.text.widths import measure_widths
from designsystem.engine.values import Colour

_FEWEST_LETTERS = 2  # a single piece of ink may as well be an icon
_FEWEST_IN_HUE = 4  # letters of a run that no space parts from its neighbours: a photograph has some pieces of any hue
_LOWEST, _LOWEST_CAPITALS = 3.5, 5.0  # CSS px: of x-height, of digits and capitals alone
_THICKEST = 0.7  # stem to x-height: twice what the boldest families have
_SMALLEST_BOX = 12  # CSS px
_OFF_AXIS = 0.16  # of the contrast: ink and its edges are blends of two colours, a photograph is not
_OVERLAP = 0.5  # of a run's area: found twice, on two nearly equal grounds or as the counters of its own letters


@dataclass(frozen=True, slots=True)
class _Found:
    line: TextLine
    doubt: float  # how far the pixels around the letters stray from the ground, levels
    row: int  # where the whole line begins, so that its runs stay together


def find_text(raster: Raster, pixel_ratio: float) -> tuple[TextLine, ...]:
    """The runs of text from top to bottom, then left to right; empty for a picture without text."""
    found: list[_Found] = []
    lines = form_lines(find_ink(raster.rgb, pixel_ratio, lossless=raster.lossless), pixel_ratio)
    for code, boxes in lines:
        if len(boxes) < _FEWEST_LETTERS:
            continue
        patch = Patch.around(raster.rgb, boxes, code)
        doubt = _doubt(raster.rgb, boxes, patch.ground)
        for run in split_runs(patch, boxes):
            lines_of_run = _read_run(patch.part(run), run, pixel_ratio, lossless=raster.lossless)
            found += [_Found(line, doubt, patch.top) for line in lines_of_run]
    return tuple(each.line for each in sorted(_once(found), key=lambda each: (each.row, each.line.box.x)))


def _read_run(patch: Patch, boxes: Boxes, pixel_ratio: float, *, lossless: bool) -> list[TextLine]:
    """The line that a run is; where it is none for its many hues, the lines that parts of one exact ink are."""
    line = _read(patch, boxes, pixel_ratio, lossless=lossless)
    if line is not None:
        return [line]
    if len(boxes) < 2 * _FEWEST_IN_HUE:
        return []
    parts = [part for part in split_hues(patch, boxes) if _FEWEST_IN_HUE <= len(part) < len(boxes)]
    read = [_read(patch.part(part), part, pixel_ratio, lossless=lossless) for part in parts]
    return [line for line in read if line is not None and line.ink_exact]


def _read(patch: Patch, boxes: Boxes, pixel_ratio: float, *, lossless: bool) -> TextLine | None:
    """A run's metrics, or None where its ink is not that of letters."""
    ink, exact = patch.ink()
    cover = patch.coverage(ink)
    local = patch.local(boxes)
    heights = measure_heights(cover, local)
    if heights is None or heights.letters < _FEWEST_LETTERS or _too_low(heights, pixel_ratio):
        return None
    if patch.off_axis(cover, ink) > _OFF_AXIS or _boxes(cover, local, pixel_ratio) > 0.3 * heights.letters:
        return None
    rows = slice(max(0, round(heights.baseline - 0.8 * heights.body)), round(heights.baseline - 0.2 * heights.body))
    stroke = measure_stroke(cover[rows])
    if stroke is None or stroke > _THICKEST * heights.body:
        return None
    shaded = lossless and patch.shaded()
    widths = measure_widths(cover, local, heights)
    return TextLine(
        box=Box.from_edges(*extent(boxes[heights.fits(local)])),
        baseline=patch.top + heights.baseline,
        x_height=heights.x_height,
        cap_height=heights.cap_height,
        stroke=stroke,
        glyphs=heights.letters,
        ink=ink,
        ink_exact=exact and not shaded,
        ground=patch.ground,
        letter_width=widths.median,
        letters_measured=widths.count,
        advance=widths.advance,
        steps=widths.steps,
        even=widths.even,
        marks=ink_marks(cover),
        shaded=shaded,
    )


def _too_low(heights: Heights, pixel_ratio: float) -> bool:
    lowest = _LOWEST if heights.x_height is not None else _LOWEST_CAPITALS
    return heights.body < lowest * pixel_ratio


def _boxes(cover: Coverage, boxes: Boxes, pixel_ratio: float) -> int:
    """How many of the pieces are boxes; small letters may look like some."""
    large = boxes[np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) >= _SMALLEST_BOX * pixel_ratio]
    return sum(is_box(cover, box) for box in large.tolist())


def _doubt(rgb: Pixels, boxes: Boxes, ground: Colour) -> float:
    """Median difference between the ground and the pixels diagonally outside the corners of the letters."""
    rows = np.clip(boxes[:, [1, 1, 3, 3]] + (-2, -2, 1, 1), 0, rgb.shape[0] - 1)
    columns = np.clip(boxes[:, [0, 2, 0, 2]] + (-2, 1, -2, 1), 0, rgb.shape[1] - 1)
    stray = np.abs(rgb[rows, columns].astype(np.int16) - (ground.red, ground.green, ground.blue)).max(axis=2)
    return float(np.median(stray))


def _once(found: list[_Found]) -> list[_Found]:
    """Each run once: of those that cover each other the one whose ground is surest, then the longest."""
    ranked = sorted(found, key=lambda each: (each.doubt, -each.line.glyphs, -each.line.box.area, each.line.box))
    kept: list[_Found] = []
    edges = np.zeros((len(ranked), 4))
    for each in ranked:
        box = each.line.box
        taken = edges[: len(kept)]
        width = np.minimum(taken[:, 2], box.right) - np.maximum(taken[:, 0], box.x)
        height = np.minimum(taken[:, 3], box.bottom) - np.maximum(taken[:, 1], box.y)
        if not ((width > 0) & (height > 0) & (width * height > _OVERLAP * box.area)).any():
            edges[len(kept)] = (box.x, box.y, box.right, box.bottom)
            kept.append(each)
    return kept
