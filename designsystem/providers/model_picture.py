"""The picture as the model gets it: fitted by us, so that the service never shrinks it unseen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2

from designsystem.engine.raster import Pixels

_LONGEST_SIDE = 2576  # px, high tier; https://platform.claude.com/docs/en/build-with-claude/vision
MOST_TOKENS = 4784
_PATCH = 28  # px a side of what costs one token
_MOST_BYTES = 3_500_000  # base64 makes a third more of it, and partners accept 5 MB


@dataclass(frozen=True, slots=True)
class ModelPicture:
    """`factor` is what lengths of the original are multiplied by to find them here, at most 1."""

    content: bytes
    media_type: str
    width: int
    height: int
    factor: float

    @property
    def tokens(self) -> int:
        return _tokens(self.width, self.height)


def fit(rgb: Pixels) -> ModelPicture:
    """Shrink (height, width, 3) sRGB pixels until side, tokens and bytes are within the service's limits."""
    height, width = rgb.shape[:2]
    factor = min(1.0, _LONGEST_SIDE / max(width, height))
    while _tokens(math.ceil(width * factor), math.ceil(height * factor)) > MOST_TOKENS:
        factor *= 0.98
    while True:
        size = (max(1, int(width * factor)), max(1, int(height * factor)))
        shrunk = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if factor < 1 else rgb
        bgr = cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR)
        for extension, media_type, options in (
            (".png", "image/png", []),
            (".jpg", "image/jpeg", [cv2.IMWRITE_JPEG_QUALITY, 90]),
        ):
            done, encoded = cv2.imencode(extension, bgr, options)
            if done and encoded.size <= _MOST_BYTES:
                return ModelPicture(encoded.tobytes(), media_type, size[0], size[1], factor)
        factor *= 0.7


def _tokens(width: int, height: int) -> int:
    return math.ceil(width / _PATCH) * math.ceil(height / _PATCH)
