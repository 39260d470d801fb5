"""Flat areas: connected pixels of exactly one colour, the atoms from which boxes and lines are built."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.raster import Pixels
from designsystem.engine.values import Colour

Packed = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int32]


def pack(rgb: Pixels) -> Packed:
    """(height, width) of 0xRRGGBB: two pixels have one colour exactly when their numbers are equal."""
    words = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA).view("<i4")[..., 0]
    return np.asarray(words & 0xFFFFFF, dtype=np.int32)


def unpack(packed: int) -> Colour:
    return Colour(packed >> 16 & 255, packed >> 8 & 255, packed & 255)


@dataclass(frozen=True, slots=True, eq=False)
class FlatAreas:
    """All flat areas of a picture (4-connected), one entry each in the arrays; `labels` says which one a pixel is in.

    Edges are exclusive on the right and bottom. The runs are the horizontal stretches the areas are made of, sorted
    by area, then from top to bottom, then left to right; those of area i are `run_offsets[i]:run_offsets[i + 1]`.
    """

    packed: Packed
    labels: Ints
    colour: Ints
    size: Ints
    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    run_offsets: Ints
    run_row: Ints
    run_start: Ints
    run_end: Ints

    def __len__(self) -> int:
        return len(self.colour)

    @property
    def width(self) -> Ints:
        return self.right - self.left

    @property
    def height(self) -> Ints:
        return self.bottom - self.top

    def row_extents(self, area: int) -> tuple[Ints, Ints]:
        """First column and last column (exclusive) of the area in each of its rows, holes and bays ignored."""
        runs = slice(int(self.run_offsets[area]), int(self.run_offsets[area + 1]))
        rows = self.run_row[runs]
        first = np.flatnonzero(np.diff(rows, prepend=rows[0] - 1))
        return self.run_start[runs][first], np.maximum.reduceat(self.run_end[runs], first)

    def mask(self, area: int) -> npt.NDArray[np.bool_]:
        """The area within its bounds."""
        window = self.labels[self.top[area] : self.bottom[area], self.left[area] : self.right[area]]
        return np.asarray(window == area)


def find_flat_areas(packed: Packed) -> FlatAreas:
    """Label every pixel by runs and the graph of their vertical contacts: linear in pixels, no loop in Python."""
    height, width = packed.shape
    starts = np.ones((height, width), dtype=np.bool_)
    np.not_equal(packed[:, 1:], packed[:, :-1], out=starts[:, 1:])
    run_of = np.cumsum(starts, dtype=np.int32).reshape(height, width) - np.int32(1)
    flat_start = np.flatnonzero(starts).astype(np.int32)  # pictures have fewer than 2³¹ pixels
    length = np.diff(flat_start, append=np.int32(height * width))
    component = _join_runs(packed, starts, run_of, len(flat_start))
    labels = component[run_of]
    row, start = np.divmod(flat_start, np.int32(width))
    order = np.argsort(component, kind="stable")
    offsets = np.searchsorted(component[order], np.arange(int(component.max()) + 2)).astype(np.int32)
    row, start, end = row[order], start[order], (start + length)[order]
    heads, tails = offsets[:-1], offsets[1:] - 1
    return FlatAreas(
        packed=packed,
        labels=labels,
        colour=packed.reshape(-1)[flat_start[order][heads]],
        size=np.add.reduceat(end - start, heads).astype(np.int32),
        left=np.minimum.reduceat(start, heads),
        top=row[heads],
        right=np.maximum.reduceat(end, heads),
        bottom=row[tails] + np.int32(1),
        run_offsets=offsets,
        run_row=row,
        run_start=start,
        run_end=end,
    )


def _join_runs(packed: Packed, starts: npt.NDArray[np.bool_], run_of: Ints, runs: int) -> Ints:
    """The component of each run. Two runs touch where the pixel below has the same colour; one contact is enough."""
    contact = (packed[1:] == packed[:-1]) & (starts[1:] | starts[:-1])
    upper, lower = run_of[:-1][contact], run_of[1:][contact]
    return _components(upper, lower, runs)


def _components(one: Ints, other: Ints, count: int) -> Ints:
    """The component, numbered from 0, of each of `count` nodes with edges between `one` and `other`.

    Each round hooks every root to the smallest it touches and halves the paths until they are flat (Shiloach and
    Vishkin 1982): a few rounds on any picture. scipy does the same no faster and costs half a second to import.
    """
    root = np.arange(count, dtype=np.int32)
    while len(one):
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(root, halved := root[root]):
            root = halved
        one, other = root[one], root[other]
        apart = one != other
        one, other = one[apart], other[apart]
    number = np.cumsum(root == np.arange(count), dtype=np.int32) - 1
    return np.asarray(number[root], dtype=np.int32)
