"""The one error of the engine: a picture that cannot be measured, and why."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a picture was refused. Stable: clients and the API's problem codes depend on the words."""

    EMPTY = "empty"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    CORRUPT = "corrupt"
    FULLY_TRANSPARENT = "fully_transparent"
    BAD_PIXEL_RATIO = "bad_pixel_ratio"


class PictureError(Exception):
    """The picture cannot be measured. `reason` is for programs, `detail` is a sentence for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
