"""Dashed and dotted lines: strokes of one colour that follow each other in a row at an even pitch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import Ints, Packed
from designsystem.engine.values import LineStyle

FEWEST_STROKES = 10
WIDEST_PITCH = 16  # CSS px from stroke to stroke
THICKEST = 6  # CSS px
_PLAY = 1  # pixels by which anti-aliasing moves a stroke
_DASH = 1.6  # a stroke this many times longer than thick is a dash, a shorter one a dot
_GAPS = 0.15  # of the line that the ground shows through, at least
_EVEN_GROUND = 0.8
_BETWEEN = (2, 3, 4)  # runs from a stroke to the next: the gap, and a blend on one side or both


def broken_horizontal_lines(packed: Packed, pixel_ratio: float) -> list[tuple[Box, int, LineStyle]]:
    """The lines from top to bottom, each with its packed colour."""
    pitch = round(WIDEST_PITCH * pixel_ratio)
    row, start, end, colour = _strokes(packed, pitch)
    lines: list[tuple[Box, int, float]] = []
    for first, last in _even_stretches(row, start, colour, pitch):
        box = Box.from_edges(int(start[first]), int(row[first]), int(end[last]), int(row[first]) + 1)
        length = float(np.median(end[first : last + 1] - start[first : last + 1]))
        _extend(lines, box, int(colour[first]), length)
    thickest = THICKEST * pixel_ratio
    return [
        (box, code, LineStyle.DASHED if length >= _DASH * box.height else LineStyle.DOTTED)
        for box, code, length in lines
        if box.height <= thickest and _is_free(packed, box, code)
    ]


def _strokes(packed: Packed, pitch: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Row, start, end and colour of the short runs that return soon, in the order of row, colour, start."""
    height, width = packed.shape
    heads = np.ones((height, width), dtype=np.bool_)
    np.not_equal(packed[:, 1:], packed[:, :-1], out=heads[:, 1:])
    at = np.flatnonzero(heads).astype(np.int32)
    length = np.diff(at, append=np.int32(height * width))
    colour = packed.reshape(-1)[at]
    row = at // np.int32(width)
    returns = np.zeros(len(at), dtype=np.bool_)
    for apart in _BETWEEN:
        again = (colour[:-apart] == colour[apart:]) & (row[:-apart] == row[apart:])
        returns[:-apart] |= again
        returns[apart:] |= again
    kept = np.flatnonzero(returns & (length < pitch))
    kept = kept[np.lexsort((at[kept], colour[kept], row[kept]))]
    start = at[kept] - row[kept] * np.int32(width)
    return row[kept], start, start + length[kept], colour[kept]


def _even_stretches(row: Ints, start: Ints, colour: Ints, pitch: int) -> list[tuple[int, int]]:
    """First and last stroke of each stretch of enough strokes at one pitch."""
    if len(row) < FEWEST_STROKES:
        return []
    step = np.diff(start)
    linked = (np.diff(row) == 0) & (np.diff(colour) == 0) & (step <= pitch)
    even = linked[1:] & linked[:-1] & (np.abs(np.diff(step)) <= _PLAY)
    bounds = np.diff(even.astype(np.int8), prepend=0, append=0)
    firsts, ends = np.flatnonzero(bounds == 1), np.flatnonzero(bounds == -1)
    long = ends - firsts + 2 >= FEWEST_STROKES
    return [(int(first), int(end) + 1) for first, end in zip(firsts[long], ends[long], strict=True)]


def _extend(lines: list[tuple[Box, int, float]], box: Box, colour: int, length: float) -> None:
    """Add a row of strokes to the line that it thickens, or begin another."""
    for index in range(len(lines) - 1, max(-1, len(lines) - 9), -1):
        line, code, longest = lines[index]
        overlap = min(line.right, box.right) - max(line.x, box.x)
        if code == colour and line.bottom == box.y and overlap > 0.8 * max(line.width, box.width):
            grown = Box.from_edges(min(line.x, box.x), line.y, max(line.right, box.right), box.bottom)
            lines[index] = (grown, code, max(longest, length))
            return
    lines.append((box, colour, length))


def _is_free(packed: Packed, box: Box, colour: int) -> bool:
    """Whether the strokes end above and below, and what lies there shows between them too."""
    sides = [packed[y, box.x : box.right] for y in (box.y - 1, box.bottom) if 0 <= y < packed.shape[0]]
    grounds = [_ground(side) for side in sides]
    row = packed[box.y, box.x : box.right]
    shown = any(float(np.mean(row == ground)) >= _GAPS for ground in grounds)
    return shown and all(ground not in (None, colour) for ground in grounds)


def _ground(side: npt.NDArray[np.int32]) -> int | None:
    """The colour of nearly the whole row, None when there is none."""
    values, counts = np.unique(side, return_counts=True)
    most = int(np.argmax(counts))
    return int(values[most]) if float(counts[most]) > _EVEN_GROUND * len(side) else None
