"""Straight lines: runs of one colour, thin and long, that differ from what lies on both sides of them."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import Ints, Packed, unpack
from designsystem.engine.regions.frames import is_between, step
from designsystem.engine.scene import PaintedBox, Rule

SHORTEST = 24  # CSS px
THICKEST = 8  # CSS px: a quotation's bar
_POSITIONS = (0.1, 0.3, 0.5, 0.7, 0.9)
_BESIDE = 3  # pixels looked at beyond the line, to tell it from a step of a ramp


def find_rules(packed: Packed, boxes: tuple[PaintedBox, ...], pixel_ratio: float) -> tuple[Rule, ...]:
    """The free lines, horizontal ones first, from top to bottom; sides of frames are not among them."""
    return tuple(rule for rule in _all_lines(packed, pixel_ratio) if not _belongs_to_box(rule, boxes, pixel_ratio))


def _all_lines(packed: Packed, pixel_ratio: float) -> tuple[Rule, ...]:
    shortest, thickest = round(SHORTEST * pixel_ratio), max(1, round(THICKEST * pixel_ratio))
    across = _lines(packed, shortest, thickest)
    down = _lines(np.ascontiguousarray(packed.T), shortest, thickest)
    return tuple(Rule(box, unpack(colour), horizontal=True) for box, colour in across) + tuple(
        Rule(Box(box.y, box.x, box.height, box.width), unpack(colour), horizontal=False) for box, colour in down
    )


def _belongs_to_box(rule: Rule, boxes: tuple[PaintedBox, ...], pixel_ratio: float) -> bool:
    """Whether the line is a side of a framed box, or but a strip of ground left between two things."""
    play = round(4 * pixel_ratio)
    ground = boxes[0].fill
    for painted in boxes:
        if not painted.box.grown(1).contains(rule.box):
            continue
        ground = painted.fill  # parents come first, so the last is the smallest around the line
        near, far = (
            (rule.box.y - painted.box.y, painted.box.bottom - rule.box.bottom)
            if rule.horizontal
            else (rule.box.x - painted.box.x, painted.box.right - rule.box.right)
        )
        if painted.frame is not None and painted.frame.colour == rule.colour and min(near, far) < play:
            return True
    return rule.colour == ground


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
    inside = (row > 0) & (row + median < height)
    kept = np.flatnonzero(first_row & even & (median <= thickest) & inside & ((end - start) >= 4 * median))
    lines = []
    for index in kept:
        above = window[index, :, :_BESIDE][:, ::-1]
        below = window[index, :, _BESIDE + median[index] :][:, :_BESIDE]
        if _stands_alone(int(colour[index]), _middle(above), _middle(below)):
            box = Box(int(start[index]), int(row[index]), int(end[index] - start[index]), int(median[index]))
            lines.append((box, int(colour[index])))
    return lines


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
    for side in (above, below):
        slope = max((step(a, b) for a, b in itertools.pairwise(side)), default=0)
        if slope > 0 and step(colour, side[0]) < 3 * slope and side[0] != side[1]:
            return False
    return True
