"""Pictures: areas too varied to be painted by a style sheet, whose colours are not the interface's."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import FlatAreas

_WINDOW = 24  # CSS px, about the smallest photograph: an avatar
_FLAT = 48  # CSS px²: smaller flat areas count as texture
_BUSY = 0.62  # text leaves most of a window to its ground, a photograph next to nothing
_SMALLEST = 20  # CSS px


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
    return tuple(sorted(boxes, key=lambda b: (b.y, b.x))), mask


def _closed(busy: npt.NDArray[np.uint8], pixel_ratio: float) -> npt.NDArray[np.uint8]:
    """The busy pixels with small flat islands filled in."""
    side = max(3, round(8 * pixel_ratio) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    return np.asarray(cv2.morphologyEx(busy, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)
