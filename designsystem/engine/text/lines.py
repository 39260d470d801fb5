"""From loose pieces of ink to lines of text: what stands side by side on one height is read together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.text.components import Boxes, Ink

_SMALLEST_LETTER = 3.5  # CSS px: the x-height of the smallest text that anyone reads
_GAP = 1.2  # of the tallest letter near by: wider gaps part two texts, narrower ones are word spaces
_MAX_ASPECT = 10.0  # letters may run together, but a piece wider than this is a rule, a track or a field
_ALIKE = 2.2  # heights of neighbours: a bracket is so much taller than an x, an icon is taller still
_CELL = 4  # device pixels: how finely pieces inside pieces are counted
_HOLDS = 3  # a letter holds no more than its counters; a badge or a field holds a word
_HIGH = 40  # CSS px
_SHELF = 16  # rows: lines in the making are looked up by the rows that they reach


@dataclass(slots=True)
class _Chain:
    """A line in the making; `top` and `bottom` are of its last full letter, `right` of its last piece."""

    members: list[int]
    top: int
    bottom: int
    right: int
    tallest: int


def form_lines(inks: Iterable[Ink], pixel_ratio: float) -> list[tuple[int, Boxes]]:
    """Lines as (packed ground colour, boxes of their pieces from left to right)."""
    by_ground: dict[int, list[Boxes]] = defaultdict(list)
    for ink in inks:
        by_ground[ink.ground].append(ink.boxes)
    if not by_ground:
        return []
    everything = np.concatenate([part for parts in by_ground.values() for part in parts])
    holders = _Holders(np.unique(everything, axis=0))  # counters may be found on two nearly equal grounds
    lines: list[tuple[int, Boxes]] = []
    for ground, parts in sorted(by_ground.items()):
        boxes = np.unique(np.concatenate(parts), axis=0)
        roomy = _roomy(boxes, pixel_ratio)
        boxes = boxes[_letter_like(boxes, pixel_ratio) & (~roomy | (holders.count(boxes) <= _HOLDS))]
        lines.extend((ground, boxes[members]) for members in _chains(boxes, pixel_ratio))
    return lines


class _Holders:
    """Counts, for any box, the pieces whose middle lies in it, from one summed-area table."""

    def __init__(self, boxes: Boxes) -> None:
        rows = (boxes[:, 1] + boxes[:, 3]) // (2 * _CELL)
        columns = (boxes[:, 0] + boxes[:, 2]) // (2 * _CELL)
        counts = np.zeros((int(rows.max()) + 2, int(columns.max()) + 2), dtype=np.int32)
        np.add.at(counts, (rows + 1, columns + 1), 1)
        self._sums = counts.cumsum(axis=0).cumsum(axis=1)

    def count(self, boxes: Boxes) -> npt.NDArray[np.int64]:
        left, top, right, bottom = (boxes // _CELL).T
        bottom, right = np.minimum(bottom, self._sums.shape[0] - 1), np.minimum(right, self._sums.shape[1] - 1)
        top, left = np.minimum(top, bottom), np.minimum(left, right)
        sums = self._sums
        return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])


def _letter_like(boxes: Boxes, pixel_ratio: float) -> npt.NDArray[np.bool_]:
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray(width <= np.maximum(height * _MAX_ASPECT, _SMALLEST_LETTER * pixel_ratio))


def _roomy(boxes: Boxes, pixel_ratio: float) -> npt.NDArray[np.bool_]:
    """Whether a box may hold a word: it is wider than high, or too high for a letter of running text."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray((width > 1.25 * height) | (height > _HIGH * pixel_ratio))


def _chains(boxes: Boxes, pixel_ratio: float) -> list[list[int]]:
    """Indices of `boxes` (sorted by their left edge) that form lines of two letters or more, with their marks."""
    tall = boxes[:, 3] - boxes[:, 1] >= _SMALLEST_LETTER * pixel_ratio
    chains = _chain_letters(boxes, np.flatnonzero(tall))
    loose = np.flatnonzero(~tall).tolist() + [chain[0] for chain in chains if len(chain) == 1]
    lines = [chain for chain in chains if len(chain) > 1]
    _attach_marks(boxes, loose, lines)
    return [sorted(line) for line in lines]


def _chain_letters(boxes: Boxes, letters: npt.NDArray[np.intp]) -> list[list[int]]:
    shelves: dict[int, list[_Chain]] = defaultdict(list)
    chains: list[_Chain] = []
    for index, (left, top, right, bottom) in zip(letters.tolist(), boxes[letters].tolist(), strict=True):
        height = bottom - top
        reached = [shelves[shelf] for shelf in range(top // _SHELF, (bottom - 1) // _SHELF + 1)]
        fitting = [
            chain
            for shelf in reached
            for chain in shelf
            if left - chain.right <= _GAP * max(chain.tallest, height) and _side_by_side(chain, top, bottom)
        ]
        if fitting:
            chain = max(fitting, key=lambda each: (each.right, -each.top))
            chain.members.append(index)
            chain.right = max(chain.right, right)
            if height < 0.6 * chain.tallest:
                continue  # a dash or a comma: the next letter is compared with the last full one
            chain.top, chain.bottom = top, bottom
            chain.tallest = max(height, min(chain.tallest, 2 * height))
        else:
            chain = _Chain([index], top, bottom, right, height)
            chains.append(chain)
        for shelf in reached:
            reach = left - _GAP * _ALIKE * 2 * chain.tallest - 64
            shelf[:] = [each for each in shelf if each is not chain and each.right > reach] + [chain]
    return [chain.members for chain in chains]


def _side_by_side(chain: _Chain, top: int, bottom: int) -> bool:
    """Whether a piece shares most of the height of the lower one and is of like height."""
    low, high = sorted((chain.bottom - chain.top, bottom - top))
    return min(chain.bottom, bottom) - max(chain.top, top) >= 0.5 * low and high <= _ALIKE * low


def _attach_marks(boxes: Boxes, marks: list[int], lines: list[list[int]]) -> None:
    """Give dots, accents, commas and dashes to the line in whose reach they lie."""
    shelves: dict[int, list[tuple[int, int, int, int, list[int]]]] = defaultdict(list)
    for line in lines:
        (left, top), (right, bottom) = boxes[line, :2].min(axis=0).tolist(), boxes[line, 2:].max(axis=0).tolist()
        for shelf in range(top // _SHELF, bottom // _SHELF + 1):
            shelves[shelf].append((left, top, right, bottom, line))
    for mark in marks:
        left, top, right, bottom = boxes[mark].tolist()
        for line_left, line_top, line_right, line_bottom, line in shelves[(top + bottom) // (2 * _SHELF)]:
            height = line_bottom - line_top
            across = line_left - 0.5 * height <= left and right <= line_right + 0.5 * height
            along = line_top - 0.3 * height <= top and bottom <= line_bottom + 0.2 * height
            if across and along and right - left <= height and bottom - top <= 0.6 * height:
                line.append(mark)
                break
