"""From changed pixels to what a person would call a change: where it is, and of which kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.comparison.difference import Places
from designsystem.engine.comparison.yiq import Packed, packed
from designsystem.engine.geometry import Box
from designsystem.engine.rgba import NEAR, PicturePair

Flags = npt.NDArray[np.bool_]

_CELL = 8  # px: changes less than a cell apart belong together
_REACH = NEAR - _CELL * 2  # px: how far a moved thing is looked for, which is decoded beside any change
_SAME_MAPPING = 0.98  # of the pixels follow one colour for one colour
_SAME_INK = 0.8  # of the ink stands within a pixel of where it stood
_MORE_INK = 0.3  # more or less of it is still the same text


class Change(StrEnum):
    """What happened in a region."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    COLOUR = "colour"
    TEXT_RENDERING = "text-rendering"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Region:
    """`box` in device px of the pictures, `pixels` changed inside; `moved_by` (dx, dy) px for MOVED."""

    box: Box
    pixels: int
    kind: Change
    moved_by: tuple[int, int] | None = None


def changed_regions(pair: PicturePair, changed: Places) -> tuple[Region, ...]:
    """The regions of `changed` (x and y of each pixel, in both pictures), top to bottom."""
    height, width = (min(sides) for sides in zip(pair.baseline.shape[:2], pair.picture.shape[:2], strict=True))
    ones, others = packed(pair.baseline[:height, :width]), packed(pair.picture[:height, :width])
    found = [_classified(ones, others, box, pixels) for box, pixels in _groups(changed)]
    return tuple(_paired(ones, others, found))


def _groups(changed: Places) -> list[tuple[Box, int]]:
    """Boxes of changed pixels that lie within a cell of each other, with their counts; linear in changed pixels."""
    if not len(changed):
        return []
    xs, ys = changed.T
    cells = np.zeros((int(ys.max()) // _CELL + 1, int(xs.max()) // _CELL + 1), np.uint8)
    cells[ys // _CELL, xs // _CELL] = 1
    count, labels = cv2.connectedComponents(cells, connectivity=8)
    owner = labels[ys // _CELL, xs // _CELL].astype(np.intp)
    edges = np.full((4, count), -1, np.int64)
    edges[:2] = changed.max()
    np.minimum.at(edges[0], owner, xs)
    np.minimum.at(edges[1], owner, ys)
    np.maximum.at(edges[2], owner, xs)
    np.maximum.at(edges[3], owner, ys)
    pixels = np.bincount(owner, minlength=count)
    boxes = [
        (Box.from_edges(int(left), int(top), int(right) + 1, int(bottom) + 1), int(pixels[label]))
        for label, (left, top, right, bottom) in enumerate(edges.T)
        if label
    ]
    return sorted(boxes, key=lambda each: (each[0].y, each[0].x))


def _classified(ones: Packed, others: Packed, box: Box, pixels: int) -> Region:
    one, other = _cut(ones, box), _cut(others, box)
    before, after = _flat(one), _flat(other)
    if before and after:
        return Region(box, pixels, Change.COLOUR)
    if before:
        return Region(box, pixels, Change.ADDED)
    if after:
        return Region(box, pixels, Change.REMOVED)
    if _recoloured(one, other):
        return Region(box, pixels, Change.COLOUR)
    shift = _shift_within(ones, others, box)
    if shift:
        return Region(box, pixels, Change.MOVED, shift)
    return Region(box, pixels, Change.TEXT_RENDERING if _same_ink(one, other) else Change.CHANGED)


def _paired(ones: Packed, others: Packed, regions: Sequence[Region]) -> list[Region]:
    """What was removed here and added there, pixel for pixel, has moved: both regions say so."""
    found = list(regions)
    added = [index for index, each in enumerate(found) if each.kind is Change.ADDED]
    for index, region in enumerate(found):
        if region.kind is not Change.REMOVED:
            continue
        gone = _cut(ones, region.box)
        for other in added:
            box = found[other].box
            if (box.width, box.height) == (region.box.width, region.box.height) and np.array_equal(
                gone, _cut(others, box)
            ):
                shift = (box.x - region.box.x, box.y - region.box.y)
                found[index] = replace(region, kind=Change.MOVED, moved_by=shift)
                found[other] = replace(found[other], kind=Change.MOVED, moved_by=shift)
                added.remove(other)
                break
    return found


def _cut(picture: Packed, box: Box) -> Packed:
    return picture[box.y : box.bottom, box.x : box.right]


def _flat(part: Packed) -> bool:
    return bool((part == part.flat[0]).all())


def _recoloured(one: Packed, other: Packed) -> bool:
    """Whether each colour became one other colour, everywhere: the shapes are the same."""
    return _follows(one, other) and _follows(other, one)


def _follows(one: Packed, other: Packed) -> bool:
    pairs, counts = np.unique(
        one.reshape(-1).astype(np.uint64) << np.uint64(32) | other.reshape(-1), return_counts=True
    )
    sources, start = np.unique(pairs >> np.uint64(32), return_index=True)
    most = np.maximum.reduceat(counts, start)
    return len(sources) > 1 and float(most.sum()) >= _SAME_MAPPING * one.size


def _shift_within(ones: Packed, others: Packed, box: Box) -> tuple[int, int] | None:
    """How far what stood in the region went, when all of it stands elsewhere nearby, unchanged."""
    ink = _ink_box(ones, box)
    if ink is None:
        return None
    whole = Box(0, 0, ones.shape[1], ones.shape[0])
    field = whole.intersection(box.grown(_REACH))
    if field is None or ink.width > field.width or ink.height > field.height:
        return None
    wanted, searched = _grey(_cut(ones, ink)), _grey(_cut(others, field))
    scores = cv2.matchTemplate(searched, wanted, cv2.TM_SQDIFF)
    y, x = np.unravel_index(int(scores.argmin()), scores.shape)
    at = Box(field.x + int(x), field.y + int(y), ink.width, ink.height)
    if (at.x, at.y) == (ink.x, ink.y) or not np.array_equal(_cut(ones, ink), _cut(others, at)):
        return None
    return at.x - ink.x, at.y - ink.y


def _ink_box(picture: Packed, box: Box) -> Box | None:
    """What stands on the region's ground: everything but its most frequent colour."""
    part = _cut(picture, box)
    colours, counts = np.unique(part, return_counts=True)
    ys, xs = np.nonzero(part != colours[counts.argmax()])
    if not len(ys):
        return None
    return Box.from_edges(
        box.x + int(xs.min()), box.y + int(ys.min()), box.x + int(xs.max()) + 1, box.y + int(ys.max()) + 1
    )


def _grey(part: Packed) -> npt.NDArray[np.float32]:
    channels = np.ascontiguousarray(part).view(np.uint8).reshape(*part.shape, 4).astype(np.float32)
    grey: npt.NDArray[np.float32] = channels[..., 0] * 0.3 + channels[..., 1] * 0.59 + channels[..., 2] * 0.11
    return grey


def _same_ink(one: Packed, other: Packed) -> bool:
    """Whether the same strokes are there within a pixel, drawn a little differently."""
    first, second = _ink(one), _ink(other)
    if not first.any() or not second.any():
        return False
    kernel = np.ones((3, 3), np.uint8)
    near_first = cv2.dilate(first.astype(np.uint8), kernel) > 0
    near_second = cv2.dilate(second.astype(np.uint8), kernel) > 0
    much_one, much_other = int(first.sum()), int(second.sum())
    return (
        int((first & near_second).sum()) >= _SAME_INK * much_one
        and int((second & near_first).sum()) >= _SAME_INK * much_other
        and abs(much_one - much_other) <= _MORE_INK * max(much_one, much_other)
    )


def _ink(part: Packed) -> Flags:
    grey = _grey(part)
    values, counts = np.unique(grey, return_counts=True)
    distance = np.abs(grey - values[counts.argmax()])
    ink: Flags = distance > 0.4 * float(distance.max(initial=1.0))
    return ink
