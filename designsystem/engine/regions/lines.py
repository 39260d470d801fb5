"""Straight lines: runs of one colour, thin and long, that differ from what lies on both sides of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import Ints, Packed
from designsystem.engine.regions.frames import Noise, is_between, is_first_step

_POSITIONS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # along the line, where it is looked at
_AGREE = 0.8  # share of the positions that must agree
_THICK = 3  # pixels: from here a line may be a gauge
_BESIDE = 10  # pixels looked at on both sides of the line, to tell it from a step of a ramp
_LONGER = 4  # a line is at least this many times longer than thick


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Horizontal stretches of one colour, one entry each; `end` is exclusive, `thickness` 0 until it is known."""

    row: Ints
    start: Ints
    end: Ints
    thickness: Ints

    def where(self, kept: npt.NDArray[np.bool_]) -> _Runs:
        return _Runs(self.row[kept], self.start[kept], self.end[kept], self.thickness[kept])

    @property
    def columns(self) -> Ints:
        """(n, 5) columns at which the runs are looked at."""
        length = (self.end - self.start - 1)[:, None]
        return np.asarray(self.start[:, None] + length * _POSITIONS, dtype=np.int32)


def horizontal_lines(packed: Packed, shortest: int, thickest: int, noise: Noise) -> list[tuple[Box, int]]:
    """Lines of at least `shortest` and at most `thickest` pixels, with their packed colour, from top to bottom."""
    runs = _measured(packed, _first_rows(packed, _long_runs(packed, shortest)), thickest)
    runs = runs.where(_square_ends(packed, runs))
    lines = []
    for row, start, end, thickness in zip(
        runs.row.tolist(), runs.start.tolist(), runs.end.tolist(), runs.thickness.tolist(), strict=True
    ):
        box = Box(start, row, end - start, thickness)
        if _stands_alone(packed, box, noise) and not (thickness >= _THICK and _goes_on(packed, box)):
            lines.append((box, int(packed[row, start])))
    return lines


def _long_runs(packed: Packed, shortest: int) -> _Runs:
    height, width = packed.shape
    starts = np.ones((height, width), dtype=np.bool_)
    np.not_equal(packed[:, 1:], packed[:, :-1], out=starts[:, 1:])
    flat = np.flatnonzero(starts)
    length = np.diff(flat, append=height * width)
    kept = length >= shortest
    row, start = (part.astype(np.int32) for part in np.divmod(flat[kept], width))
    end = (start + length[kept]).astype(np.int32)
    return _Runs(row, start, end, np.zeros_like(row))


def _first_rows(packed: Packed, runs: _Runs) -> _Runs:
    """The runs with another colour above them, or at the top of the picture."""
    above = packed[np.maximum(runs.row - 1, 0)[:, None], runs.columns]
    colour = packed[runs.row, runs.start]
    return runs.where(((above != colour[:, None]).mean(axis=1) >= _AGREE) | (runs.row == 0))


def _measured(packed: Packed, runs: _Runs, thickest: int) -> _Runs:
    """The runs that end after the same few rows at all positions, with their thickness."""
    height = packed.shape[0]
    rows = np.minimum(runs.row[:, None] + np.arange(thickest + 2), height)
    padded = np.pad(packed, ((0, 1), (0, 0)), constant_values=-1)
    same = padded[rows[:, None, :], runs.columns[:, :, None]] == packed[runs.row, runs.start][:, None, None]
    thickness = np.where(same.all(axis=2), thickest + 2, np.argmin(same, axis=2))
    median = np.median(thickness, axis=1).astype(np.int32)
    even = (thickness == median[:, None]).mean(axis=1) >= _AGREE
    inside = (runs.row > 0) | (runs.row + median < height)
    long = runs.end - runs.start >= _LONGER * median
    return _Runs(runs.row, runs.start, runs.end, median).where(even & inside & long & (median <= thickest))


def _square_ends(packed: Packed, runs: _Runs) -> npt.NDArray[np.bool_]:
    """Whether the middle row is no longer than the first: bars of progress and sliders have round ends."""
    height, width = packed.shape
    middle = np.minimum(runs.row + runs.thickness // 2, height - 1)
    colour = packed[runs.row, runs.start]
    before = (packed[middle, np.maximum(runs.start - 1, 0)] == colour) & (runs.start > 0)
    after = (packed[middle, np.minimum(runs.end, width - 1)] == colour) & (runs.end < width)
    return np.asarray(~(before | after))


def _stands_alone(packed: Packed, line: Box, noise: Noise) -> bool:
    """Whether the line is no blend of its neighbours, no step of a ramp on either side, and no noise."""
    columns = (line.x + (line.width - 1) * _POSITIONS).astype(np.int32)
    colour = int(packed[line.y, line.x])
    above = _most_frequent(packed[max(0, line.y - _BESIDE) : line.y][::-1][:, columns])
    below = _most_frequent(packed[line.bottom : line.bottom + _BESIDE][:, columns])
    above, below = above or below, below or above
    if is_between(colour, above[0], below[0]) or noise.drowns(colour, above[0], below[0]):
        return False
    return not (is_first_step([colour, *above]) or is_first_step([colour, *below]))


def _most_frequent(rows: Packed) -> list[int]:
    """The most frequent colour of each row."""
    result = []
    for row in rows:
        values, counts = np.unique(row, return_counts=True)
        result.append(int(values[np.argmax(counts)]))
    return result


def _goes_on(packed: Packed, line: Box) -> bool:
    """Whether the bar continues in another colour: part of a gauge, not a line."""
    height, width = packed.shape
    if line.y == 0 or line.bottom >= height:
        return False
    rows = [line.y - 1, line.y + line.height // 2, line.bottom]
    for inside, beyond in ((line.x, line.x - 2), (line.right - 1, line.right + 1)):
        if not 0 <= beyond < width:
            continue
        above, bar, below = packed[rows, beyond]
        same_ground = above == packed[rows[0], inside] and below == packed[rows[2], inside]
        if same_ground and bar not in (above, below):
            return True
    return False
