"""Parts a line into runs of one style: a link, a bold word or muted text inside a sentence is a style of its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from designsystem.engine.text.components import Boxes
from designsystem.engine.text.glyphs import measure_stroke
from designsystem.engine.text.patch import Coverage, Patch, extent
from designsystem.engine.values import Colour

_WORD_GAP = 0.26  # of the line's letter height, over the usual gap: a space is wider, gaps inside words are not
_SAME_INK = 40  # levels on one channel: words whose darkest pixels are this near share a colour
_SAME_WAY = 0.97  # cosine between the ways from the ground to two inks of one hue
_HEAVIER = 1.32  # bold stems are this much wider than regular ones, in every family that was measured


def split_runs(patch: Patch, boxes: Boxes) -> list[Boxes]:
    """Runs of the pieces `boxes` of the line in `patch`, in reading order."""
    words = _words(boxes)
    if len(words) == 1:
        return words
    inks = [patch.part(word).ink()[0] for word in words]
    runs: list[Boxes] = []
    first = 0
    for last in range(1, len(words) + 1):
        if last == len(words) or not _alike(inks[first], inks[last]):
            runs.extend(_by_weight(patch, words[first:last]))
            first = last
    return runs


def split_hues(patch: Patch, boxes: Boxes) -> list[Boxes]:
    """Runs of the pieces `boxes` of a run in which several hues follow each other, parted without regard to words.

    How far thin pieces reach towards their ink varies, the way from the ground to it does not.
    """
    ways = np.array([patch.way(box[None]) for box in boxes])
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    ways = np.divide(ways, lengths, out=np.zeros_like(ways), where=lengths > 0)
    runs: list[Boxes] = []
    first = 0
    for last in range(1, len(boxes) + 1):
        if last == len(boxes) or float(ways[first] @ ways[last]) < _SAME_WAY:
            runs.append(boxes[first:last])
            first = last
    return runs


def _words(boxes: Boxes) -> list[Boxes]:
    heights = boxes[:, 3] - boxes[:, 1]
    reach = np.maximum.accumulate(boxes[:, 2])
    gaps = boxes[1:, 0] - reach[:-1]
    usual = max(0.0, float(np.median(gaps))) if gaps.size else 0.0  # wide in monospace and in spaced capitals
    return np.split(boxes, np.flatnonzero(gaps > _WORD_GAP * float(np.percentile(heights, 75)) + 1.2 * usual) + 1)


def _by_weight(patch: Patch, words: list[Boxes]) -> list[Boxes]:
    """Consecutive words of one weight together; a word of one or two letters goes with the word before it."""
    joined = np.concatenate(words)
    if len(words) == 1:
        return [joined]
    line = patch.part(joined)
    cover = line.coverage(line.ink()[0])
    strokes = np.array([_stroke(cover, line.local(word)) if len(word) > 2 else np.nan for word in words])
    if np.isnan(strokes).all() or np.nanmax(strokes) < _HEAVIER * np.nanmin(strokes):
        return [joined]
    heavy = strokes > np.sqrt(np.nanmax(strokes) * np.nanmin(strokes))
    for index in np.flatnonzero(np.isnan(strokes)):
        heavy[index] = heavy[index - 1] if index else heavy[np.flatnonzero(~np.isnan(strokes))[0]]
    return _grouped(words, heavy)


def _grouped(words: list[Boxes], kinds: npt.NDArray[np.bool_]) -> list[Boxes]:
    bounds = [0, *(np.flatnonzero(kinds[1:] != kinds[:-1]) + 1).tolist(), len(words)]
    return [np.concatenate(words[a:b]) for a, b in pairwise(bounds)]


def _stroke(cover: Coverage, boxes: Boxes) -> float:
    left, top, right, bottom = extent(boxes)
    return measure_stroke(cover[top:bottom, left:right]) or np.nan


def _alike(a: Colour, b: Colour) -> bool:
    return max(abs(a.red - b.red), abs(a.green - b.green), abs(a.blue - b.blue)) <= _SAME_INK
