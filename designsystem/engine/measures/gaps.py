"""Distances between the things of a scene: inside boxes, between neighbours, and around lines of text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.scene import PaintedBox, Scene, TextLine

_BEARING = 0.07  # em: white beside a letter, within its advance
_MIDDLE = 0.35  # em: the middle of a line box above its baseline; (ascent - descent) / 2 of usual families
_X_HEIGHT, _CAP_HEIGHT = 0.53, 0.72  # em
_USUAL_PITCH = 1.5  # em between baselines where no paragraph shows it
_SLACK = 2  # CSS px by which the two sides of something centred may differ


class Kind(StrEnum):
    """Where a gap was seen."""

    CENTRED = "centred-text"
    LEFT = "left-of-text"
    TOP = "above-text"
    BOTTOM = "below-text"
    SINGLE = "around-single-line"
    INSET = "around-child"
    BOX_UNDER_BOX = "box-under-box"
    BOX_BESIDE_BOX = "box-beside-box"
    BOX_TEXT = "between-box-and-text"
    TEXT_TEXT = "between-texts"
    TEXT_BESIDE = "beside-text"
    RULE_TEXT = "between-rule-and-text"
    RULE_BOX = "between-rule-and-box"
    CELL = "cell-left"


@dataclass(frozen=True, slots=True)
class Gap:
    """A distance in CSS px, and the strip of the picture (device pixels) that it was measured over."""

    px: float
    kind: Kind
    box: Box


@dataclass(frozen=True, slots=True)
class _Item:
    """A child of a box: `ink` bounds what is seen, `box` what CSS lays out (the line box of text)."""

    box: Box
    what: str
    top: float
    bottom: float
    left: float
    right: float
    em: float = 0.0


def find_gaps(scene: Scene) -> list[Gap]:
    """Every distance that may be a padding, a margin or a gap."""
    pitch = _pitch(scene.text)
    items = _by_parent(scene, pitch)
    gaps: list[Gap] = []
    for index, painted in enumerate(scene.boxes):
        children = items[index]
        if not children:
            continue
        if index:
            gaps += _paddings(painted, children, scene.pixel_ratio)
        gaps += _between(children, scene.pixel_ratio)
    return gaps


def em_of(line: TextLine) -> float:
    """The font size of a line in device pixels, from its heights."""
    sizes = [
        height / part
        for height, part in ((line.x_height, _X_HEIGHT), (line.cap_height, _CAP_HEIGHT))
        if height is not None
    ]
    return sum(sizes) / len(sizes) if sizes else line.box.height / 0.95


def _pitch(text: tuple[TextLine, ...]) -> float:
    """Baseline to baseline in em, the median over lines that follow each other in one column."""
    ratios = []
    for one, other in itertools.pairwise(text):
        em = em_of(one)
        apart = (other.baseline - one.baseline) / em
        if abs(one.box.x - other.box.x) < 0.3 * em and abs(em_of(other) - em) < 0.1 * em and 1.1 < apart < 1.9:
            ratios.append(apart)
    return float(np.median(ratios)) if len(ratios) >= 3 else _USUAL_PITCH


def _by_parent(scene: Scene, pitch: float) -> list[list[_Item]]:
    items: list[list[_Item]] = [[] for _ in scene.boxes]
    edges = np.array([(b.box.x, b.box.y, b.box.right, b.box.bottom) for b in scene.boxes])
    for painted in scene.boxes[1:]:
        assert painted.parent is not None
        items[painted.parent].append(_item(painted.box, "box"))
    for line in scene.text:
        em = em_of(line)
        middle = line.baseline - _MIDDLE * em
        half = pitch * em / 2
        item = _Item(
            line.box,
            "text",
            middle - half,
            middle + half,
            line.box.x - _BEARING * em,
            line.box.right + _BEARING * em,
            em,
        )
        items[_parent(edges, line.box)].append(item)
    for rule in scene.rules:
        items[_parent(edges, rule.box)].append(_item(rule.box, "rule" if rule.horizontal else "bar"))
    return items


def _item(box: Box, what: str) -> _Item:
    return _Item(box, what, box.y, box.bottom, box.x, box.right)


def _parent(edges: npt.NDArray[np.int64], box: Box) -> int:
    """Index of the smallest painted box around `box`; they are ordered parents first."""
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    inside = (
        (edges[:, 0] <= middle_x)
        & (edges[:, 2] >= middle_x)
        & (edges[:, 1] <= middle_y)
        & (edges[:, 3] >= middle_y)
        & (edges[:, 2] - edges[:, 0] >= box.width)
        & (edges[:, 3] - edges[:, 1] >= box.height)
    )
    found = np.flatnonzero(inside)
    return int(found[-1]) if len(found) else 0


def _inner(painted: PaintedBox) -> tuple[float, float, float, float]:
    """Left, top, right, bottom inside the frame."""
    box, frame = painted.box, painted.frame
    if frame is None:
        return box.x, box.y, box.right, box.bottom
    top, right, bottom, left = (frame.width * side for side in frame.sides)
    return box.x + left, box.y + top, box.right - right, box.bottom - bottom


def _paddings(painted: PaintedBox, children: list[_Item], ratio: float) -> Iterator[Gap]:
    left, top, right, bottom = _inner(painted)
    box = painted.box
    first, last = min(children, key=lambda i: i.left), max(children, key=lambda i: i.right)
    highest, lowest = min(children, key=lambda i: i.top), max(children, key=lambda i: i.bottom)
    at_left, at_right = first.left - left, right - last.right
    at_top, at_bottom = highest.top - top, bottom - lowest.bottom
    texts = [child for child in children if child.what == "text"]
    single = len(texts) == len(children) and max(t.top for t in texts) - min(t.top for t in texts) < 2 * ratio
    centred = abs(at_left - at_right) <= _SLACK * ratio
    strip = Box.from_edges(box.x, highest.box.y, max(box.x + 1, first.box.x), lowest.box.bottom)
    if first.what == "text":
        value = (at_left + at_right) / 2 if centred else at_left
        yield Gap(value / ratio, Kind.CENTRED if centred else Kind.LEFT, strip)
    elif first.what == "box":
        yield Gap(at_left / ratio, Kind.INSET, strip)
        if last.what == "box" and centred:
            yield Gap(at_right / ratio, Kind.INSET, strip)
    head = Box.from_edges(box.x, box.y, box.right, max(box.y + 1, highest.box.y))
    foot = Box.from_edges(box.x, min(lowest.box.bottom, box.bottom - 1), box.right, box.bottom)
    if single:
        if abs(at_top - at_bottom) <= _SLACK * ratio:
            yield Gap((at_top + at_bottom) / 2 / ratio, Kind.SINGLE, head)
        return
    if highest.what == "text":
        yield Gap(at_top / ratio, Kind.TOP, head)
    elif highest.what == "box":
        yield Gap(at_top / ratio, Kind.INSET, head)
    if lowest.what == "text":
        yield Gap(at_bottom / ratio, Kind.BOTTOM, foot)
    elif lowest.what == "box":
        yield Gap(at_bottom / ratio, Kind.INSET, foot)


_VERTICAL = {
    ("box", "box"): Kind.BOX_UNDER_BOX,
    ("box", "text"): Kind.BOX_TEXT,
    ("text", "box"): Kind.BOX_TEXT,
    ("text", "text"): Kind.TEXT_TEXT,
    ("rule", "text"): Kind.RULE_TEXT,
    ("text", "rule"): Kind.RULE_TEXT,
    ("rule", "box"): Kind.RULE_BOX,
    ("box", "rule"): Kind.RULE_BOX,
}
_HORIZONTAL = {
    ("box", "box"): Kind.BOX_BESIDE_BOX,
    ("box", "text"): Kind.TEXT_BESIDE,
    ("text", "box"): Kind.TEXT_BESIDE,
    ("text", "text"): Kind.TEXT_BESIDE,
    ("bar", "text"): Kind.LEFT,
}


def _between(children: list[_Item], ratio: float) -> Iterator[Gap]:
    yield from _below(children, ratio)
    yield from _beside(children, ratio)
    yield from _cells(children, ratio)


def _below(children: list[_Item], ratio: float) -> Iterator[Gap]:
    """From each child to the nearest one below that it overlaps."""
    ink = np.array([(c.box.x, c.box.y, c.box.right, c.box.bottom) for c in children])
    for index, child in enumerate(children):
        beneath = (ink[:, 1] >= ink[index, 3]) & (ink[:, 0] < ink[index, 2]) & (ink[:, 2] > ink[index, 0])
        found = np.flatnonzero(beneath)
        if len(found) == 0:
            continue
        other = children[int(found[np.argmin(ink[found, 1])])]
        kind = _VERTICAL.get((child.what, other.what))
        if kind is not None:
            left, right = max(child.box.x, other.box.x), min(child.box.right, other.box.right)
            strip = Box.from_edges(left, child.box.bottom, right, max(child.box.bottom + 1, other.box.y))
            yield Gap((other.top - child.bottom) / ratio, kind, strip)


def _beside(children: list[_Item], ratio: float) -> Iterator[Gap]:
    """From each child to the nearest one at its right, roughly on its height."""
    ink = np.array([(c.box.x, c.box.y, c.box.right, c.box.bottom) for c in children])
    middle = (ink[:, 1] + ink[:, 3]) / 2
    for index, child in enumerate(children):
        after = (ink[:, 0] >= ink[index, 2]) & (middle > ink[index, 1]) & (middle < ink[index, 3])
        found = np.flatnonzero(after)
        if len(found) == 0:
            continue
        other = children[int(found[np.argmin(ink[found, 0])])]
        kind = _HORIZONTAL.get((child.what, other.what))
        if kind is not None:
            top, bottom = max(child.box.y, other.box.y), min(child.box.bottom, other.box.bottom)
            strip = Box.from_edges(child.box.right, top, max(child.box.right + 1, other.box.x), max(top + 1, bottom))
            yield Gap((other.left - child.right) / ratio, kind, strip)


def _cells(children: list[_Item], ratio: float) -> Iterator[Gap]:
    """From the left end of a rule to the text of the row above or below it."""
    rules = [child for child in children if child.what == "rule"]
    texts = [child for child in children if child.what == "text"]
    for rule in rules:
        row = [
            text
            for text in texts
            if rule.box.x - ratio <= text.left
            and text.box.right <= rule.box.right
            and abs(text.box.y - rule.box.y) < 4 * text.em
        ]
        if row:
            text = min(row, key=lambda t: t.left)
            strip = Box.from_edges(rule.box.x, text.box.y, max(rule.box.x + 1, text.box.x), text.box.bottom)
            yield Gap((text.left - rule.left) / ratio, Kind.CELL, strip)
