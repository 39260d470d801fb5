"""What is painted beyond the four sides of a box, pixel by pixel outwards: the raw material of a shadow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels

Floats = npt.NDArray[np.float64]

_NEAR = 3  # device px within which a shadow is strongest
_SAMPLES = 16  # places along a side
_AGREE = 0.6  # share of them that must show the same colour
_JUMP = 8  # of 255 from one pixel to the next: an edge, not a shadow
_TONE = 1.5  # of 255: colours this close are the same but for rounding


@dataclass(frozen=True, slots=True, eq=False)
class SideProfiles:
    """Shift of the ground along each side, top right bottom left, from the edge outwards, one value a device pixel.

    `direction` is the unit vector (3,) of the shift in 8-bit sRGB, from the ground's colour `ground` (3,) to the
    shadow's; the profiles are lengths along it, and end where something else begins.
    """

    ground: Floats
    direction: Floats
    sides: tuple[Floats, Floats, Floats, Floats]


def read_side_profiles(rgb: Pixels, box: Box, grounds: list[Floats], reach: int) -> SideProfiles | None:
    """The profiles of a box on one of `grounds`, None when nothing shifts the ground near it.

    Several grounds are offered because the steps of a large shadow look like boxes around the box: the one that most
    of the surroundings have is taken.
    """
    near = np.concatenate([_common_colour(_strip(rgb, box, side, _NEAR)) for side in range(4)])
    if not len(near) or all(np.abs(near - ground).max() < 1 for ground in grounds):
        return None
    colours = [_common_colour(_strip(rgb, box, side, reach)) for side in range(4)]
    ground = max(grounds, key=lambda each: sum(_seen_of(each, colour) for colour in colours))
    shifts = near - ground
    lengths = np.sqrt((shifts * shifts).sum(axis=1))
    strongest = int(np.argmax(lengths))
    if lengths[strongest] < _TONE:
        return None
    direction = shifts[strongest] / lengths[strongest]
    top, right, bottom, left = (_while_fading(colour - ground, direction) for colour in colours)
    return SideProfiles(ground, direction, (top, right, bottom, left))


def _seen_of(ground: Floats, colours: Floats) -> int:
    """Pixels of a side that have the colour of the ground, up to the edge of the next thing."""
    jumps = np.abs(np.diff(colours, axis=0)).max(axis=1, initial=0) > _JUMP
    return int((np.abs(colours[: _first(jumps) + 1] - ground).max(axis=1, initial=0) <= 1).sum())


def _strip(rgb: Pixels, box: Box, side: int, reach: int) -> Floats:
    """(distance, place, 3) colours beyond a side, in the middle half of it; shorter at the picture's edge."""
    height, width = rgb.shape[:2]
    if side in (0, 2):
        columns = np.linspace(box.x + box.width / 4, box.right - box.width / 4 - 1, _SAMPLES).astype(int)
        rows = np.arange(box.y - 1, max(-1, box.y - 1 - reach), -1)
        if side == 2:
            rows = np.arange(box.bottom, min(height, box.bottom + reach))
        level: Floats = rgb[rows[:, None], columns].astype(np.float64)
        return level
    rows = np.linspace(box.y + box.height / 4, box.bottom - box.height / 4 - 1, _SAMPLES).astype(int)
    columns = np.arange(box.x - 1, max(-1, box.x - 1 - reach), -1)
    if side == 1:
        columns = np.arange(box.right, min(width, box.right + reach))
    upright: Floats = rgb[rows, columns[:, None]].astype(np.float64)
    return upright


def _common_colour(strip: Floats) -> Floats:
    """(distance, 3) the colour that most places share, up to where they no longer agree."""
    middle = np.median(strip, axis=1) if len(strip) else np.zeros((0, 3))
    agree = (
        (np.abs(strip - middle[:, None]).max(axis=2, initial=0) <= _TONE).mean(axis=1) if len(strip) else np.zeros(0)
    )
    return np.asarray(middle[: _first(agree < _AGREE)])


def _while_fading(shift: Floats, direction: Floats) -> Floats:
    """Length of the shift along `direction`, as far as it fades, and has no other colour in it.

    Empty when it does not fade at all: what stands there is another thing.
    """
    along = shift @ direction
    aside = np.abs(shift - along[:, None] * direction).max(axis=1, initial=0)
    along = along[: _first((aside > 2.5) | (along < -2.5))]
    if not len(along):
        return np.asarray(along)
    rising = np.flatnonzero(along > np.minimum.accumulate(along) + _TONE)
    if len(rising):  # what rises is the next thing, whose own shadow began at the lowest place before
        along = along[: int(np.argmin(along[: rising[0] + 1])) + 1]
    stands = along[0] > _TONE and along[-1] > along[0] - _TONE
    return np.asarray(along[:0] if stands else along)


def _first(condition: npt.NDArray[np.bool_]) -> int:
    return int(np.argmax(condition)) if condition.any() else len(condition)
