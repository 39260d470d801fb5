"""The decoded picture that every measure reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """sRGB pixels of one picture.

    `rgb` is (height, width, 3) uint8, contiguous, composited over white where the picture had alpha; `opaque` is a
    (height, width) mask of the pixels that were opaque, or None when all were. `lossless` is False for JPEG and lossy
    WebP. `pixels_per_inch` is what the file claims (pHYs, JFIF), or None. `notes` are sentences for people about what
    decoding had to decide (first frame of an animation, profile converted, alpha composited).
    """

    rgb: Pixels
    media_type: str
    sha256: str
    lossless: bool = True
    opaque: Mask | None = None
    pixels_per_inch: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])
