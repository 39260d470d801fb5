"""Pictures: areas too varied to be painted by a style sheet, whose colours are not the interface's."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import FlatAreas
from designsystem.engine.regions.outlines import trace_outline

_WINDOW = 24  # CSS px, about the smallest photograph: an avatar
_FLAT = 48  # CSS px²: smaller flat areas count as texture
_BUSY = 0.62  # text leaves most of a window to its ground, a photograph next to nothing
_SMALLEST = 20  # CSS px
_MOSTLY = 0.5  # of the bounds of a flat part
_SMALLEST_BOX = 24  # CSS px: a card or a button on a photograph is larger


def find_pictures(areas: FlatAreas, pixel_ratio: float) -> tuple[tuple[Box, ...], npt.NDArray[np.bool_]]:
    """Bounds of the pictures, and the mask of their pixels."""
    busy = (areas.size < _FLAT * pixel_ratio**2)[areas.labels].astype(np.uint8)
    window = max(3, round(_WINDOW * pixel_ratio) | 1)
    density = cv2.boxFilter(busy, cv2.CV_32F, (window, window), normalize=True, borderType=cv2.BORDER_REFLECT)
    core = (density > _BUSY).astype(np.uint8)
    mask = np.zeros(busy.shape, dtype=np.bool_)
    if not core.any():
        return (), mask
    grown = cv2.dilate(core, cv2.getStructuringElement(cv2.MORPH_RECT, (window, window)))
    textured = cv2.bitwise_and(grown, _closed(busy, pixel_ratio))
    solid = cv2.morphologyEx(textured, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    boxes = []
    smallest = _SMALLEST * pixel_ratio
    for index in range(1, count):
        x, y, width, height, size = (int(value) for value in stats[index])
        if width < smallest or height < smallest or size < 0.3 * width * height:
            continue
        box = Box(x, y, width, height)
        part = labels[y : y + height, x : x + width] == index
        mask[y : y + height, x : x + width] |= np.ones_like(part) if size > 0.85 * box.area else part
        boxes.append(box)
    for box in boxes:
        _absorb(areas, box, mask, pixel_ratio)
    return tuple(sorted(boxes, key=lambda b: (b.y, b.x))), mask


def _absorb(areas: FlatAreas, picture: Box, mask: npt.NDArray[np.bool_], pixel_ratio: float) -> None:
    """Count flat parts that lie mostly within the bounds of a picture to it: a clear sky, a shadow.

    Boxes that lie on it stay out.
    """
    wide = np.minimum(areas.right, picture.right) - np.maximum(areas.left, picture.x)
    high = np.minimum(areas.bottom, picture.bottom) - np.maximum(areas.top, picture.y)
    common = np.maximum(wide, 0) * np.maximum(high, 0)
    within = (areas.size >= _FLAT * pixel_ratio**2) & (common >= _MOSTLY * areas.width * areas.height)
    least = _SMALLEST_BOX * pixel_ratio
    large = within & (np.minimum(areas.width, areas.height) >= least)
    for area in np.flatnonzero(large):
        within[area] = trace_outline(areas, int(area)) is None
    found = np.flatnonzero(within)
    if len(found):
        window = np.s_[
            min(picture.y, int(areas.top[found].min())) : max(picture.bottom, int(areas.bottom[found].max())),
            min(picture.x, int(areas.left[found].min())) : max(picture.right, int(areas.right[found].max())),
        ]
        mask[window] |= within[areas.labels[window]]


def _closed(busy: npt.NDArray[np.uint8], pixel_ratio: float) -> npt.NDArray[np.uint8]:
    """The busy pixels with small flat islands filled in."""
    side = max(3, round(8 * pixel_ratio) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    return np.asarray(cv2.morphologyEx(busy, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)
