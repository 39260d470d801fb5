"""Rectangles of the picture. Everything that is measured points back at the place that proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Edges = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in device pixels, origin at the top left; `right` and `bottom` are exclusive."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_edges(cls, left: int, top: int, right: int, bottom: int) -> Box:
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def contains(self, other: Box) -> bool:
        """Whether `other` lies wholly inside; a box contains itself."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def intersection(self, other: Box) -> Box | None:
        """The common part, or None when they share no pixel."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box.from_edges(left, top, right, bottom) if left < right and top < bottom else None

    def grown(self, by: int) -> Box:
        """The box with `by` pixels more on each side (less when negative); it may leave the picture."""
        return Box.from_edges(self.x - by, self.y - by, self.right + by, self.bottom + by)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of `boxes`; ValueError when there are none."""
    found = list(boxes)
    return Box.from_edges(
        min(b.x for b in found), min(b.y for b in found), max(b.right for b in found), max(b.bottom for b in found)
    )


def edges_of(boxes: Iterable[Box]) -> Edges:
    """(n, 4) left, top, right, bottom: many boxes at once."""
    return np.array([(b.x, b.y, b.right, b.bottom) for b in boxes], dtype=np.float64).reshape(-1, 4)


def containing(edges: Edges, box: Box) -> npt.NDArray[np.bool_]:
    """Which of the rectangles contain `box`."""
    left, top, right, bottom = edges.T
    return np.asarray((left <= box.x) & (top <= box.y) & (right >= box.right) & (bottom >= box.bottom))


def touching(edges: Edges, box: Box, play: float = 0.0) -> list[int]:
    """Indices of the rectangles that overlap or touch `box` grown by `play`, in order."""
    left, top, right, bottom = edges.T
    beside = (left <= box.right + play) & (right >= box.x - play)
    level = (top <= box.bottom + play) & (bottom >= box.y - play)
    return [int(i) for i in np.flatnonzero(beside & level)]
