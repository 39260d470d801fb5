"""How many device pixels a CSS pixel has, from the picture itself: letter heights, thin lines and the grid of edges."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.raster import Pixels, Raster

RATIOS = (1.0, 1.5, 2.0, 3.0)

Floats = npt.NDArray[np.float64]
Scores = dict[float, float]  # logarithm of the likelihood, one entry a ratio


def find_pixel_ratio(raster: Raster) -> tuple[float, float]:
    """The most likely of RATIOS and its probability, 0 to 1. A picture that shows nothing gives the prior: 1.0.

    Four independent witnesses are added as log-likelihoods. None of them is enough: body text may be large, a design
    may like 2 px lines, a 4 px grid makes all edges even, and files claim densities that nobody meant.
    """
    sample = _sample(raster.rgb)
    lines, edges = _lines_and_edges(sample)
    witnesses = (
        _PRIOR,
        _score_letters(_letter_heights(sample)),
        _score_lines(lines),
        _score_edges(edges),
        _score_density(raster.pixels_per_inch),
    )
    total = {ratio: sum(witness.get(ratio, 0.0) for witness in witnesses) for ratio in RATIOS}
    best = max(RATIOS, key=lambda ratio: total[ratio])
    return best, 1 / sum(math.exp(max(-50.0, total[ratio] - total[best])) for ratio in RATIOS)


_PRIOR: Scores = {ratio: math.log(share) for ratio, share in zip(RATIOS, (0.5, 0.12, 0.28, 0.1), strict=True)}

_SAMPLE_PIXELS = 2_000_000  # enough letters and lines for any page; keeps long pages at constant cost
_SAMPLE_BANDS = 3

_X_HEIGHT = 8.6  # px, of body text of 14 to 16 px
_X_HEIGHT_SPREAD = 0.17  # standard deviation of its logarithm over designs
_LARGEST_Z = 4.5  # letters that fit no ratio argue no further
_ENOUGH_LETTERS = 40
_TALLEST_LETTER = 80

_LONG = 40  # device px: longer than the flat part of any letter
_THICKEST = 9
_REACH = 12  # rows looked at below the top of a line
# How often a line of so many device pixels is drawn at each ratio. At 1.5 borders are floored to 1 px on real
# devices and anti-aliased to 1.5 px in emulation.
_THICKNESS: dict[float, Scores] = {
    1.0: {1.0: 0.75, 1.5: 0.60, 2.0: 0.02, 3.0: 0.02},
    1.5: {1.0: 0.01, 1.5: 0.30, 2.0: 0.01, 3.0: 0.01},
    2.0: {1.0: 0.20, 1.5: 0.03, 2.0: 0.70, 3.0: 0.03},
    3.0: {1.0: 0.05, 1.5: 0.10, 2.0: 0.04, 3.0: 0.75},
    4.0: {1.0: 0.05, 1.5: 0.02, 2.0: 0.12, 3.0: 0.02},
    6.0: {1.0: 0.01, 1.5: 0.05, 2.0: 0.04, 3.0: 0.12},
}
_OTHER_THICKNESS = 0.02
_LINES_THAT_COUNT = 3  # a table repeats one decision many times
_EDGES_THAT_COUNT = 8
_ON_GRID = 0.8  # share of edges on whole CSS pixels; fractional line heights displace the others


def _sample(rgb: Pixels) -> Pixels:
    """The picture, or evenly spaced bands of a long one. The bands begin on multiples of 6, which keeps the grid."""
    height, width = rgb.shape[:2]
    rows = max(_SAMPLE_PIXELS // width // _SAMPLE_BANDS // 6, 1) * 6
    if rows * _SAMPLE_BANDS >= height:
        return rgb
    starts = [(height - rows) * band // (_SAMPLE_BANDS - 1) // 6 * 6 for band in range(_SAMPLE_BANDS)]
    return np.concatenate([rgb[start : start + rows] for start in starts])


# -- letters


def _letter_heights(rgb: Pixels) -> Floats:
    """Heights of the separate marks that are thin against their ground, darker or lighter: mostly letters."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    kernel = np.ones((13, 13), np.uint8)
    heights = []
    for operation in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        marks = (cv2.morphologyEx(grey, operation, kernel) > 48).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
        width, height, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
        fill = area / (width * height)
        shaped = (height >= 4) & (height <= _TALLEST_LETTER) & (width >= 0.25 * height) & (width <= 1.6 * height)
        heights.append(height[shaped & (fill > 0.2) & (fill < 0.85)])
    return np.concatenate(heights).astype(np.float64)


def _score_letters(heights: Floats) -> Scores:
    """The lowest strong peak of the heights is the x-height of the body text; capitals peak above it.

    Heights count by themselves, so that dots and commas do not.
    """
    if len(heights) < 5:
        return {}
    weights = np.bincount(heights.astype(int), weights=heights, minlength=_TALLEST_LETTER + 2)
    counts = np.convolve(weights, (0.5, 1, 0.5), "same")
    strong = counts >= 0.5 * counts.max()
    peak = next(h for h in range(1, _TALLEST_LETTER) if strong[h] and counts[h] >= counts[h - 1 : h + 2].max())
    weight = min(1.0, len(heights) / _ENOUGH_LETTERS)
    scores = {}
    for ratio in RATIOS:
        z = math.log(peak / (_X_HEIGHT * ratio)) / _X_HEIGHT_SPREAD
        scores[ratio] = -weight * min(abs(z), _LARGEST_Z) ** 2 / 2
    return scores


# -- lines and edges


def _lines_and_edges(rgb: Pixels) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Thickness of the horizontal lines in device pixels, in halves, and the rows where flat colours meet."""
    wide = rgb.astype(np.int32)
    packed = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    row, start, end = _long_runs(packed)
    # three witnesses a run, looked at from two rows above to _REACH below
    columns = np.stack([start + (end - start) * part // 8 for part in (1, 4, 7)], axis=1)
    rows = row[:, None] + np.arange(-2, _REACH)
    inside = (row >= 2) & (row + _REACH <= len(rgb))
    rows, columns, row = rows[inside], columns[inside], row[inside]
    window = packed[rows[:, None, :], columns[:, :, None]]
    same = (window == window[:, :1]).all(axis=1)  # row by row constant along the run
    strip = window[:, 0]
    edge = same[:, 1] & (strip[:, 1] != strip[:, 2]) & (strip[:, 0] == strip[:, 1]) & (strip[:, 2] == strip[:, 3])
    thickness = _thickness(rgb[rows, columns[:, :1]].astype(np.float64), strip, same)
    return thickness[thickness > 0], row[edge]


def _long_runs(packed: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.intp], ...]:
    height, width = packed.shape
    starts = np.ones((height, width), dtype=np.bool_)
    np.not_equal(packed[:, 1:], packed[:, :-1], out=starts[:, 1:])
    flat = np.flatnonzero(starts)
    length = np.diff(flat, append=height * width)
    kept = length >= _LONG
    row, start = np.divmod(flat[kept], width)
    return row, start, start + length[kept]


def _thickness(colours: Floats, strip: npt.NDArray[np.int32], same: npt.NDArray[np.bool_]) -> Floats:
    """Coverage that a line adds up to, rounded to halves; 0 where there is no line between two equal grounds."""
    ground = strip[:, 1]
    begins = same.all(axis=1) & (strip[:, 0] == ground) & (strip[:, 2] != ground)
    back = strip[:, 3:] == ground[:, None]
    length = np.where(back.any(axis=1), back.argmax(axis=1) + 1, 0)
    # the ground must go on below, else the next edge belongs to something else
    after = np.take_along_axis(strip, np.minimum(length + 3, strip.shape[1] - 1)[:, None], axis=1)[:, 0]
    begins &= (length > 0) & (length <= _THICKEST) & (after == ground)
    distance = np.abs(colours - colours[:, 1:2]).sum(axis=2)[:, 2:]
    distance[np.arange(distance.shape[1]) >= length[:, None]] = 0
    coverage = distance.sum(axis=1) / np.maximum(distance.max(axis=1, initial=0), 1)
    halves = np.round(coverage * 2) / 2
    # a solid line, or one with a half-covered row; what is left is blurred: text, shadows, resampling
    crisp = (np.abs(coverage - halves) < 0.13) & (length == np.ceil(halves))
    return np.where(begins & crisp, halves, 0)


def _score_lines(thickness: Floats) -> Scores:
    if not len(thickness):
        return {}
    weight = min(len(thickness), _LINES_THAT_COUNT) / len(thickness)
    values, counts = np.unique(thickness, return_counts=True)
    return {
        ratio: weight
        * sum(
            int(count) * math.log(_THICKNESS.get(float(value), {}).get(ratio, _OTHER_THICKNESS))
            for value, count in zip(values, counts, strict=True)
        )
        for ratio in RATIOS
    }


def _score_edges(rows: npt.NDArray[np.intp]) -> Scores:
    """At 2 and 3 most edges lie on multiples of the ratio; by chance one in so many does."""
    rows = np.unique(rows)  # one decision moves all that share a row
    if not len(rows):
        return {}
    weight = min(len(rows), _EDGES_THAT_COUNT) / len(rows)
    scores = {1.0: 0.0, 1.5: 0.0}
    for ratio in (2, 3):
        on = int(np.count_nonzero(rows % ratio == 0))
        chance = 1 / ratio
        off_score = math.log((1 - _ON_GRID) / (1 - chance))
        scores[ratio] = weight * (on * math.log(_ON_GRID / chance) + (len(rows) - on) * off_score)
    return scores


def _score_density(pixels_per_inch: float | None) -> Scores:
    """macOS and iOS count 72 points an inch, CSS and Windows 96; editors write 72 for anything."""
    if pixels_per_inch is None:
        return {}
    meant = [ratio for ratio in RATIOS if any(abs(pixels_per_inch - inch * ratio) < 1 for inch in (72, 96))]
    return {ratio: 0.5 if ratio == 1.0 else 1.5 for ratio in meant}
