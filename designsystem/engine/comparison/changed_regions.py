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
from designsystem.engine.geometry import Box, union
from designsystem.engine.rgba import NEAR, PicturePair

Flags = npt.NDArray[np.bool_]

_CELL = 8  # px: changes less than a cell apart belong together
_REACH = NEAR - _CELL * 2  # px: how far a moved thing is looked for, which is decoded beside any change
_PROBE = 256  # px: of a large thing a part as large is looked for, and the rest then held to its place
_CARET_WIDTH, _CARET_HEIGHT, _CARET_SLENDER = 4, (10, 96), 8  # device px; how many times taller than wide, at least
_DENSE = 0.3  # of their common box: changes that fill so much of it may be one move
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
    CARET = "caret"
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
    groups = _groups(changed)
    together = _moved_together(ones, others, groups)
    if together is not None:
        return (together,)
    return tuple(_paired(ones, others, [_classified(ones, others, box, pixels) for box, pixels in groups]))


def is_caret(pair: PicturePair, box: Box) -> bool:
    """Whether a text cursor blinks there: an upright bar of one colour in one picture, bare ground in the other."""
    shortest, tallest = _CARET_HEIGHT
    slender = box.width <= _CARET_WIDTH and box.height >= _CARET_SLENDER * box.width
    if not slender or not shortest <= box.height <= tallest:
        return False
    sides = [
        packed(each[box.y : box.bottom, max(0, box.x - 1) : box.right + 1]) for each in (pair.baseline, pair.picture)
    ]
    bars = [packed(each[box.y : box.bottom, box.x : box.right]) for each in (pair.baseline, pair.picture)]
    return all(_flat(bar) for bar in bars) and any(_flat(side) for side in sides)


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


def _moved_together(ones: Packed, others: Packed, groups: Sequence[tuple[Box, int]]) -> Region | None:
    """One region for a page, or a large part of one, that moved as a whole; None when the changes are not such."""
    if len(groups) < 2:
        return None
    box = union(each for each, _ in groups)
    if sum(each.area for each, _ in groups) < _DENSE * box.area:
        return None
    shift = _shift(ones, others, _staying(box, Box(0, 0, ones.shape[1], ones.shape[0])))
    return Region(box, sum(pixels for _, pixels in groups), Change.MOVED, shift) if shift else None


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
    """How far what stood in the region went, when all of it that cannot have left the picture stands elsewhere nearby,
    unchanged."""
    ink = _ink_box(ones, box)
    if ink is None:
        return None
    whole = Box(0, 0, ones.shape[1], ones.shape[0])
    return _shift(ones, others, _staying(ink, whole))


def _shift(ones: Packed, others: Packed, core: Box) -> tuple[int, int] | None:
    whole = Box(0, 0, ones.shape[1], ones.shape[0])
    probe = _probe(ones, core)
    field = whole.intersection(probe.grown(_REACH))
    if field is None or probe.width > field.width or probe.height > field.height:
        return None
    wanted, searched = _grey(_cut(ones, probe)), _grey(_cut(others, field))
    scores = cv2.matchTemplate(searched, wanted, cv2.TM_SQDIFF)
    y, x = np.unravel_index(int(scores.argmin()), scores.shape)
    dx, dy = field.x + int(x) - probe.x, field.y + int(y) - probe.y
    at = whole.intersection(Box(core.x + dx, core.y + dy, core.width, core.height))
    if (dx, dy) == (0, 0) or at is None or not np.array_equal(_cut(ones, core), _cut(others, at)):
        return None
    return dx, dy


def _staying(ink: Box, whole: Box) -> Box:
    """The part of a large thing that stays in the picture however it moves; a small thing must do so whole."""
    across, down = (_REACH if side > 4 * _REACH else 0 for side in (ink.width, ink.height))
    inner = Box.from_edges(across, down, whole.width - across, whole.height - down)
    return ink.intersection(inner) or ink


def _probe(ones: Packed, core: Box) -> Box:
    """The part of `core` that has most to be told by: of a grid of parts the one with most edges."""
    width, height = min(core.width, _PROBE), min(core.height, _PROBE)
    places = [
        Box(core.x + (core.width - width) * column // 4, core.y + (core.height - height) * row // 4, width, height)
        for row in range(5)
        for column in range(5)
    ]
    return max(places, key=lambda place: int(np.count_nonzero(np.diff(_cut(ones, place), axis=0))))


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
