"""Parts a line into runs of one style: a link, a bold word or muted text inside a sentence is a style of its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from designsystem.engine.raster import Pixels
from designsystem.engine.text.components import Boxes
from designsystem.engine.text.glyphs import coverage, ink_colour, measure_stroke
from designsystem.engine.values import Colour

_WORD_GAP = 0.26  # of the line's letter height, over the usual gap: a space is wider, gaps inside words are not
_SAME_INK = 40  # levels on one channel: words whose darkest pixels are this near share a colour
_HEAVIER = 1.32  # bold stems are this much wider than regular ones, in every family that was measured


def split_runs(rgb: Pixels, boxes: Boxes, ground: Colour) -> list[Boxes]:
    """Runs of the pieces `boxes` (relative to `rgb`, left to right), in reading order."""
    words = _words(boxes)
    if len(words) == 1:
        return words
    inks = [ink_colour(_crop(rgb, word), ground)[0] for word in words]
    runs: list[Boxes] = []
    first = 0
    for last in range(1, len(words) + 1):
        if last == len(words) or not _alike(inks[first], inks[last]):
            runs.extend(_by_weight(rgb, words[first:last], ground))
            first = last
    return runs


def _words(boxes: Boxes) -> list[Boxes]:
    heights = boxes[:, 3] - boxes[:, 1]
    reach = np.maximum.accumulate(boxes[:, 2])
    gaps = boxes[1:, 0] - reach[:-1]
    usual = max(0.0, float(np.median(gaps))) if gaps.size else 0.0  # wide in monospace and in spaced capitals
    return np.split(boxes, np.flatnonzero(gaps > _WORD_GAP * float(np.percentile(heights, 75)) + 1.2 * usual) + 1)


def _by_weight(rgb: Pixels, words: list[Boxes], ground: Colour) -> list[Boxes]:
    """Consecutive words of one weight together; a word of one or two letters goes with the word before it."""
    joined = np.concatenate(words)
    if len(words) == 1:
        return [joined]
    ink, _ = ink_colour(_crop(rgb, joined), ground)
    strokes = np.array([_stroke(_crop(rgb, word), ground, ink) if len(word) > 2 else np.nan for word in words])
    if np.isnan(strokes).all() or np.nanmax(strokes) < _HEAVIER * np.nanmin(strokes):
        return [joined]
    heavy = strokes > np.sqrt(np.nanmax(strokes) * np.nanmin(strokes))
    for index in np.flatnonzero(np.isnan(strokes)):
        heavy[index] = heavy[index - 1] if index else heavy[np.flatnonzero(~np.isnan(strokes))[0]]
    return _grouped(words, heavy)


def _grouped(words: list[Boxes], kinds: npt.NDArray[np.bool_]) -> list[Boxes]:
    bounds = [0, *(np.flatnonzero(kinds[1:] != kinds[:-1]) + 1).tolist(), len(words)]
    return [np.concatenate(words[a:b]) for a, b in pairwise(bounds)]


def _stroke(rgb: Pixels, ground: Colour, ink: Colour) -> float:
    return measure_stroke(coverage(rgb, ground, ink)) or np.nan


def _crop(rgb: Pixels, boxes: Boxes) -> Pixels:
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    return rgb[top:bottom, left:right]


def _alike(a: Colour, b: Colour) -> bool:
    return max(abs(a.red - b.red), abs(a.green - b.green), abs(a.blue - b.blue)) <= _SAME_INK
