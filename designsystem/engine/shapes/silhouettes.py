"""Rounded shapes by their outline alone: what is filled with a picture or a gradient is no flat box, but its ground is.

Whatever stands on a flat ground leaves a hole in it. A hole that a rounded rectangle fills to the pixel is one.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import unpack
from designsystem.engine.scene import Scene
from designsystem.engine.shapes.corners import arc_coverage
from designsystem.engine.shapes.edges import Floats, channels
from designsystem.engine.shapes.rounding import Rounding

_SMALLEST = 16  # CSS px: smaller ones are icons and bullets more often than not
_SMALLEST_SQUARE = 24  # CSS px, for what is not wholly round
_LARGEST = 480  # CSS px
_LARGEST_RADIUS = 64  # CSS px
_GROUNDS = 5
_LEAST_GROUND = 0.02  # of the picture
_STEP = 12  # of 255
_TOUCHED = 0.04  # share of a pixel that shows
_MISFIT = 0.35  # pixels wrong for each pixel of the arc

Mask = npt.NDArray[np.bool_]


def round_silhouettes(scene: Scene, known: list[Box]) -> list[Rounding]:
    """Rounded shapes on flat grounds other than those at the places in `known` and within text."""
    areas = scene.areas
    large = np.flatnonzero(areas.size >= _LEAST_GROUND * areas.packed.size)
    found = []
    for area in large[np.argsort(-areas.size[large], kind="stable")][:_GROUNDS]:
        left, top = int(areas.left[area]), int(areas.top[area])
        hole = ~areas.mask(int(area))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
        for index in _candidates(np.asarray(stats, dtype=np.int32), hole.shape, scene.pixel_ratio):
            x, y, width, height, _ = (int(v) for v in stats[index])
            box = Box(left + x, top + y, width, height)
            if _is_known(box, known):
                continue
            if _fades_in(scene, box, channels(unpack(int(areas.colour[area])))):
                continue
            shape = labels[y : y + height, x : x + width] == index
            rounding = _rounding(box, shape, scene.pixel_ratio)
            if rounding is not None and not _is_letter(rounding, shape, int(areas.colour[area]), scene):
                found.append(rounding)
    return found


def _candidates(stats: npt.NDArray[np.int32], shape: tuple[int, ...], ratio: float) -> npt.NDArray[np.intp]:
    """Components of a fitting size that do not touch the bounds of their ground."""
    x, y, width, height, size = stats.T
    inside = (x > 0) & (y > 0) & (x + width < shape[1]) & (y + height < shape[0])
    sized = (np.minimum(width, height) >= _SMALLEST * ratio) & (np.maximum(width, height) <= _LARGEST * ratio)
    filled = size >= 0.7 * width * height
    candidates = np.flatnonzero(inside & sized & filled)
    return candidates[candidates > 0]


def _is_known(box: Box, known: list[Box]) -> bool:
    return any(
        max(abs(box.x - o.x), abs(box.y - o.y), abs(box.right - o.right), abs(box.bottom - o.bottom)) <= 3
        for o in known
    )


def _fades_in(scene: Scene, box: Box, ground: Floats) -> bool:
    """Whether two sides or more begin with a faint step: then it is the outline of a shadow."""
    depth = max(1, round(scene.pixel_ratio))
    x, y = box.x + box.width // 2, box.y + box.height // 2
    rows = [box.y + depth, box.bottom - 1 - depth, y, y]
    columns = [x, x, box.x + depth, box.right - 1 - depth]
    steps = np.abs(scene.raster.rgb[rows, columns] - ground).max(axis=1)
    return int((steps < _STEP).sum()) >= 2


def _is_letter(rounding: Rounding, shape: Mask, ground: int, scene: Scene) -> bool:
    """Whether it stands in a line of text; but no letter is a solid disc, however many of them stand in a row."""
    box = rounding.box
    inside = scene.areas.packed[box.y : box.bottom, box.x : box.right][shape]
    disc = rounding.full and box.width == box.height and np.count_nonzero(inside == ground) == 0
    return not disc and any(line.box.grown(2).contains(box) for line in scene.text)


def _rounding(box: Box, shape: Mask, ratio: float) -> Rounding | None:
    """The common radius of the four corners, None when the shape is not a rounded rectangle or is a square one."""
    shorter = min(box.width, box.height)
    half = (shorter + 1) // 2
    size = min(half, round(_LARGEST_RADIUS * ratio))
    corners = np.stack([shape[::dy, ::dx][:size, :size] for dy in (1, -1) for dx in (1, -1)])
    step = 0.5 if size <= 40 else 1.0
    radii = np.arange(0, min(size, shorter / 2) + 1e-6, step)
    models = np.stack([arc_coverage(float(radius), size) > _TOUCHED for radius in radii])
    wrong = np.count_nonzero(models[:, None] != corners[None], axis=(2, 3))
    best = int(np.argmin(wrong.sum(axis=1)))
    radius = float(radii[best])
    full = radius >= shorter / 2 - max(1.0, 0.06 * shorter)
    if radius < 2 * ratio or wrong[best].max() > _MISFIT * max(4.0, 1.6 * radius):
        return None
    if not full and shorter < _SMALLEST_SQUARE * ratio:
        return None
    return Rounding(box, (radius / ratio,) * 4, full, float(wrong[best].mean() / max(4.0, 1.6 * radius)))
