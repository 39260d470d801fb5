"""Gives lossy pictures their flat colours back: JPEG leaves noise around every edge."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.raster import Pixels
from designsystem.engine.regions.flat_areas import Packed, pack

_SMOOTH = 8  # levels between the darkest and lightest neighbour of a pixel that is flat but for noise
_SAME = 3  # levels within which two flat colours are one; a step of a grey ramp is larger
_FEWEST = 48  # pixels that show a colour flat
_REACH = 14  # levels that ringing beside an edge strays from its flat colour
_MOST_MODES = 512


def flatten(rgb: Pixels) -> Packed:
    """Packed colours in which each pixel near a flat colour of the picture is exactly that colour."""
    from scipy.spatial import cKDTree  # takes longer to import than the whole engine, and only lossy pictures need it

    packed = pack(rgb)
    modes = _modes(rgb, packed)
    if len(modes) == 0:
        return packed
    colours, where = np.unique(packed, return_inverse=True)
    distance, nearest = cKDTree(_channels(modes)).query(_channels(colours), p=np.inf, distance_upper_bound=_REACH)
    snapped = np.where(np.isfinite(distance), modes[np.minimum(nearest, len(modes) - 1)], colours)
    return np.asarray(snapped[where.reshape(packed.shape)], dtype=np.int32)


def _modes(rgb: Pixels, packed: Packed) -> npt.NDArray[np.int32]:
    """The colours that flat parts have, the most frequent of each cluster."""
    kernel = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(rgb, kernel), cv2.erode(rgb, kernel)).max(axis=2)
    colours, counts = np.unique(packed[spread <= _SMOOTH], return_counts=True)
    frequent = counts >= _FEWEST
    colours, counts = colours[frequent], counts[frequent]
    colours = colours[np.argsort(-counts, kind="stable")][: 16 * _MOST_MODES]
    channels = _channels(colours)
    free = np.ones(len(colours), dtype=np.bool_)
    modes: list[int] = []
    while free.any() and len(modes) < _MOST_MODES:
        first = int(np.argmax(free))
        modes.append(int(colours[first]))
        free &= np.abs(channels - channels[first]).max(axis=1) > _SAME
    return np.array(modes, dtype=np.int32)


def _channels(packed: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1)
