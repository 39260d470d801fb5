"""Straight lines: runs of one colour, thin and long, that differ from what lies on both sides of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box, edges_of, touching
from designsystem.engine.regions.flat_areas import Ints, Packed, unpack
from designsystem.engine.regions.frames import is_between, is_first_step
from designsystem.engine.scene import Frame, PaintedBox, Rule

SHORTEST = 24  # CSS px
THICKEST = 10  # CSS px: a quotation's bar
_POSITIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
_THICK = 3  # pixels
_BESIDE = 10  # pixels looked at beyond the line, to tell it from a step of a ramp


def find_rules(packed: Packed, boxes: tuple[PaintedBox, ...], pixel_ratio: float) -> tuple[Rule, ...]:
    """The free lines, horizontal ones first, from top to bottom; sides of frames are not among them."""
    edges = edges_of(painted.box for painted in boxes)
    return tuple(
        rule
        for rule in _all_lines(packed, pixel_ratio)
        if not _belongs_to_box(rule, [boxes[i] for i in touching(edges, rule.box, 4 * pixel_ratio)], pixel_ratio)
    )


def _all_lines(packed: Packed, pixel_ratio: float) -> tuple[Rule, ...]:
    shortest, thickest = round(SHORTEST * pixel_ratio), max(1, round(THICKEST * pixel_ratio))
    across = _lines(packed, shortest, thickest)
    down = _lines(np.ascontiguousarray(packed.T), shortest, thickest)
    return tuple(Rule(box, unpack(colour), horizontal=True) for box, colour in across) + tuple(
        Rule(Box(box.y, box.x, box.height, box.width), unpack(colour), horizontal=False) for box, colour in down
    )


def _belongs_to_box(rule: Rule, boxes: list[PaintedBox], pixel_ratio: float) -> bool:
    """Whether the line is made of sides of framed boxes, or but a strip of ground left between two things."""
    ground = boxes[0].fill  # the page is near every line
    covered = []
    for painted in boxes:
        if painted.box.contains(rule.box):
            ground = painted.fill  # parents come first, so the last is the smallest around the line
        if painted.frame is not None and painted.frame.colour == rule.colour:
            covered += _shared(rule, painted.box, painted.frame, pixel_ratio)
    return rule.colour == ground or _length(covered) > 0.7 * max(rule.box.width, rule.box.height)


def _shared(rule: Rule, box: Box, frame: Frame, pixel_ratio: float) -> list[tuple[int, int]]:
    """The stretch of the line that a side of the frame makes; frames of neighbours may touch and double the line."""
    line, (top, right, bottom, left) = rule.box, frame.sides
    play = round(4 * pixel_ratio)
    if rule.horizontal:
        thickness, start, end = line.height, max(line.x, box.x), min(line.right, box.right)
        near = (top and abs(line.y - box.y) < play) or (bottom and abs(line.bottom - box.bottom) < play)
    else:
        thickness, start, end = line.width, max(line.y, box.y), min(line.bottom, box.bottom)
        near = (left and abs(line.x - box.x) < play) or (right and abs(line.right - box.right) < play)
    return [(start, end)] if near and start < end and thickness <= 2 * frame.width else []


def _length(stretches: list[tuple[int, int]]) -> int:
    """The length of the union of stretches."""
    total, reached = 0, -1
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _lines(packed: Packed, shortest: int, thickest: int) -> list[tuple[Box, int]]:
    """Horizontal lines as boxes with their packed colour."""
    row, start, end = _long_runs(packed, shortest)
    if len(row) == 0:
        return []
    height = packed.shape[0]
    padded = np.pad(packed, ((_BESIDE, thickest + _BESIDE), (0, 0)), mode="edge")
    columns = np.stack([(start + (end - start - 1) * at).astype(np.int32) for at in _POSITIONS], axis=1)
    depth = np.arange(thickest + 2 * _BESIDE)
    # (runs, positions, depth): the pixels from _BESIDE above the run's row downwards
    window = padded[(row[:, None, None] + depth), columns[:, :, None]]
    colour = packed[row, start]
    same = window[:, :, _BESIDE:] == colour[:, None, None]
    thickness = np.where(same.all(axis=2), depth.size, np.argmin(same, axis=2))
    median = np.median(thickness, axis=1).astype(np.int32)
    first_row = (window[:, :, _BESIDE - 1] != colour[:, None]).mean(axis=1) >= 0.8
    even = (thickness == median[:, None]).mean(axis=1) >= 0.8
    first_row |= row == 0
    whole = (row > 0) | (row + median < height)
    square = _square_ends(packed, row, start, end, median, colour)
    long = (end - start) >= 4 * median
    kept = np.flatnonzero(first_row & even & square & whole & long & (median <= thickest))
    lines = []
    for index in kept:
        above = _middle(window[index, :, :_BESIDE][:, ::-1])
        below = _middle(window[index, :, _BESIDE + median[index] :][:, :_BESIDE])
        if _stands_alone(
            int(colour[index]), above if row[index] else below, below if row[index] + median[index] < height else above
        ):
            if median[index] >= _THICK and _goes_on(
                packed, int(start[index]), int(end[index]), int(row[index]), int(median[index])
            ):
                continue
            box = Box(int(start[index]), int(row[index]), int(end[index] - start[index]), int(median[index]))
            lines.append((box, int(colour[index])))
    return lines


def _goes_on(packed: Packed, start: int, end: int, row: int, thickness: int) -> bool:
    """Whether the bar continues in another colour: part of a gauge, not a line."""
    height, width = packed.shape
    if row == 0 or row + thickness >= height:
        return False
    for inside, beyond in ((start, start - 2), (end - 1, end + 1)):
        if not 0 <= beyond < width:
            continue
        above, bar, below = packed[[row - 1, row + thickness // 2, row + thickness], beyond]
        same_ground = above == packed[row - 1, inside] and below == packed[row + thickness, inside]
        if same_ground and bar not in (above, below):
            return True
    return False


def _square_ends(
    packed: Packed, row: Ints, start: Ints, end: Ints, thickness: Ints, colour: Ints
) -> npt.NDArray[np.bool_]:
    """Whether the line's middle is no longer than its first row: bars of progress and sliders have round ends."""
    height, width = packed.shape
    middle = np.minimum(row + thickness // 2, height - 1)
    before = packed[middle, np.maximum(start - 1, 0)] == colour
    after = packed[middle, np.minimum(end, width - 1)] == colour
    return np.asarray(~((before & (start > 0)) | (after & (end < width))))


def _long_runs(packed: Packed, shortest: int) -> tuple[Ints, Ints, Ints]:
    height, width = packed.shape
    starts = np.ones((height, width), dtype=np.bool_)
    np.not_equal(packed[:, 1:], packed[:, :-1], out=starts[:, 1:])
    flat = np.flatnonzero(starts)
    length = np.diff(flat, append=height * width)
    kept = length >= shortest
    row, start = np.divmod(flat[kept], width)
    return row.astype(np.int32), start.astype(np.int32), (start + length[kept]).astype(np.int32)


def _middle(side: npt.NDArray[np.int32]) -> list[int]:
    """The colours away from the line, each the most frequent over the positions."""
    result = []
    for column in side.T:
        values, counts = np.unique(column, return_counts=True)
        result.append(int(values[np.argmax(counts)]))
    return result


def _stands_alone(colour: int, above: list[int], below: list[int]) -> bool:
    """Whether the line is no blend of its neighbours and no step of a ramp on either side."""
    if is_between(colour, above[0], below[0]):
        return False
    return not (is_first_step([colour, *above]) or is_first_step([colour, *below]))
