"""The pixels around one line of text, with what every measure of its ink starts from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.raster import Pixels
from designsystem.engine.regions.flat_areas import Packed, pack, unpack
from designsystem.engine.text.components import Boxes
from designsystem.engine.values import Colour

Coverage = npt.NDArray[np.float32]

_CORE = 0.93  # of the largest contrast: where a pixel lies wholly inside a stroke
_NEAR_GROUND = 8  # levels
# Of so many pixels inside strokes the commonest colour has 23 % at least where letters are painted in one colour, and a
# few per cent where a gradient or a picture fills them.
_FEWEST_INSIDE, _SHADED = 40, 0.18
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def extent(boxes: Boxes) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the rectangle around `boxes`."""
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """`rgb` and `packed` are views or copies of the picture; `contrast` is the difference from `ground`, summed over
    the channels; `left` and `top` say where the patch lies in the picture."""

    rgb: Pixels
    packed: Packed
    contrast: npt.NDArray[np.int16]
    ground: Colour
    left: int
    top: int

    @classmethod
    def around(cls, rgb: Pixels, boxes: Boxes, code: int) -> Patch:
        """The patch around `boxes`, on the commonest exact colour near the packed colour `code`."""
        left, top, right, bottom = extent(boxes)
        margin = (max(0, left - 1), max(0, top - 1), right + 1, bottom + 1)
        wide = np.ascontiguousarray(rgb[margin[1] : margin[3], margin[0] : margin[2]])
        packed = pack(wide)
        ground = _exact_ground(wide, packed, code)
        inner = (slice(top - margin[1], bottom - margin[1]), slice(left - margin[0], right - margin[0]))
        away = np.abs(wide[inner].astype(np.int16) - np.array([ground.red, ground.green, ground.blue], dtype=np.int16))
        contrast = np.asarray(away[..., 0] + away[..., 1] + away[..., 2], dtype=np.int16)
        return cls(wide[inner], packed[inner], contrast, ground, left, top)

    def part(self, boxes: Boxes) -> Patch:
        """The patch around `boxes`, which lie in this one."""
        left, top, right, bottom = extent(boxes)
        at = (slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left))
        return Patch(self.rgb[at], self.packed[at], self.contrast[at], self.ground, left, top)

    def local(self, boxes: Boxes) -> Boxes:
        """`boxes` of the picture, relative to the patch."""
        return np.asarray(boxes - np.array([self.left, self.top, self.left, self.top], dtype=np.int32))

    def ink(self) -> tuple[Colour, bool]:
        """The commonest colour of the stroke core, and whether it is exact (several pixels agree on it)."""
        core = self.packed[self.contrast >= _CORE * self.contrast.max()]
        values, counts = np.unique(core, return_counts=True)
        best = int(counts.argmax())
        return unpack(int(values[best])), bool(counts[best] >= 3)

    def way(self, boxes: Boxes) -> npt.NDArray[np.float32]:
        """(3,) from the ground to the pixel of the patch within `boxes` that stands out most."""
        part = self.part(boxes)
        strongest = np.unravel_index(int(part.contrast.argmax()), part.contrast.shape)
        return part.axis(Colour(*part.rgb[strongest].tolist()))[1]

    def shaded(self) -> bool:
        """Whether the pixels that ink surrounds have so many colours that it is a gradient or a picture."""
        inked = (2 * self.contrast > self.contrast.max()).view(np.uint8)
        inside = self.packed[cv2.erode(inked, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(np.bool_)]
        if inside.size < _FEWEST_INSIDE:
            return False
        return int(np.unique(inside, return_counts=True)[1].max()) < _SHADED * inside.size

    def coverage(self, ink: Colour) -> Coverage:
        """(h, w): how much of each pixel `ink` covers, 0 to 1; the inverse of blending it over the ground."""
        base, towards = self.axis(ink)
        along = (self.rgb.astype(np.float32) - base) @ (towards / max(float(towards @ towards), 1.0))
        return np.asarray(np.clip(along, 0.0, 1.0, out=along), dtype=np.float32)

    def off_axis(self, cover: Coverage, ink: Colour) -> float:
        """Mean distance of the inked pixels from the straight line between ground and ink, as a share of its length."""
        base, towards = self.axis(ink)
        inked = cover > 0.1
        stray = self.rgb[inked].astype(np.float32) - base - cover[inked][:, None] * towards
        return float(np.sqrt((stray**2).sum(axis=1)).mean() / max(float(np.sqrt(towards @ towards)), 1.0))

    def axis(self, ink: Colour) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The ground as a vector, and the way from it to `ink`."""
        base = np.array((self.ground.red, self.ground.green, self.ground.blue), dtype=np.float32)
        return base, np.array((ink.red, ink.green, ink.blue), dtype=np.float32) - base


def _exact_ground(rgb: Pixels, packed: Packed, code: int) -> Colour:
    """The ground was sought with a tolerance: of the colours near it the commonest is meant."""
    base = unpack(code)
    if 4 * np.count_nonzero(packed == code) > packed.size:
        return base
    away = np.abs(rgb.astype(np.int16) - np.array([base.red, base.green, base.blue], dtype=np.int16))
    values, counts = np.unique(packed[away.max(axis=2) <= _NEAR_GROUND], return_counts=True)
    return unpack(int(values[counts.argmax()])) if values.size else base
