"""Tells the size of a run of text by the same text elsewhere, whose size is known.

Letters alone tell a size to some 3 %, as hinting rounds their heights and nobody knows which letters they are. The same
words once more tell it to 0.3 %: their ink lies at the same places along the run, but for the scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from designsystem.engine.observation import Ruler
from designsystem.engine.scene import TextLine
from designsystem.engine.text.patch import Coverage
from designsystem.engine.text.sizes import HINTED_BELOW

Floats = npt.NDArray[np.float64]

PARTS = 16
_FEWEST_LETTERS, _MOST_LETTERS = 5, 80  # fewer say little; longer runs are all alike
# Root mean square of how far the ink lies from where the ruler says, of the run's length. The same words painted by
# Chromium in eight families, one CSS pixel smaller and larger, stay below 0.0022; different words are nearly all above.
_SAME_TEXT = 0.0025
_HINTED, _UNHINTED, _SAME_HEIGHT = 0.8, 0.35, 0.02  # px that rounding moves a height by, and a share of it
_EDGE, _SAME_WIDTH = 0.25, 0.035  # px, and a share of the width


def ink_marks(cover: Coverage) -> tuple[float, ...]:
    """The middles of sixteen parts of equal ink, device pixels from the first; empty where there is no ink."""
    columns = cover.sum(axis=0, dtype=np.float64)
    ink = np.concatenate([[0.0], np.cumsum(columns)])
    if ink[-1] <= 0:
        return ()
    moments = np.concatenate([[0.0], np.cumsum(columns * (np.arange(columns.size) + 0.5))])
    bounds = np.interp(np.linspace(0, ink[-1], PARTS + 1), ink, moments)
    middles = np.diff(bounds) * (PARTS / ink[-1])
    return tuple((middles - middles[0]).tolist())


def ruler(line: TextLine, size: float, pixel_ratio: float) -> Ruler | None:
    """`line` as a ruler for the same text; `size` in CSS px. None where it has too few letters, or too many."""
    if not _is_telling(line):
        return None
    em = size * pixel_ratio
    letter = None if line.letter_width is None else round(line.letter_width / em, 3)
    return Ruler(tuple(round(mark / em, 3) for mark in line.marks), round(line.body / em, 3), letter)


def size_by(rulers: Sequence[Ruler], line: TextLine, pixel_ratio: float) -> tuple[float, int] | None:
    """The size of `line` in CSS px by the ruler of the same text, and which of `rulers` that is; None without one."""
    if not rulers or not _is_telling(line):
        return None
    marks = np.array(line.marks) - np.mean(line.marks)
    known = np.array([each.marks for each in rulers])
    known -= known.mean(axis=1, keepdims=True)
    ems = (known @ marks) / np.maximum((known**2).sum(axis=1), 1e-9)
    strays = np.sqrt(((marks - ems[:, None] * known) ** 2).mean(axis=1)) / line.marks[-1]
    best = int(strays.argmin())
    em = float(ems[best])
    if strays[best] > _SAME_TEXT or not _same_letters(line, rulers[best], em, pixel_ratio):
        return None
    return em / pixel_ratio, best


def _is_telling(line: TextLine) -> bool:
    return bool(line.marks) and line.marks[-1] > 0 and _FEWEST_LETTERS <= line.glyphs <= _MOST_LETTERS


def _same_letters(line: TextLine, known: Ruler, em: float, pixel_ratio: float) -> bool:
    """Whether the letters grew with the run: else they are the same words in another family, or set wider."""
    rounding = _HINTED if pixel_ratio < HINTED_BELOW else _UNHINTED
    if abs(line.body - known.height * em) > rounding + _SAME_HEIGHT * line.body:
        return False
    if line.letter_width is None or known.letter is None:
        return line.letter_width is known.letter
    return abs(line.letter_width - known.letter * em) <= _EDGE + _SAME_WIDTH * line.letter_width
