"""The one error of the vision providers, with what to do about it."""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """RETRY later, FAIL because configuration or request are wrong, FALL_BACK because this answer cannot be used."""

    RETRY = "retry"
    FAIL = "fail"
    FALL_BACK = "fall_back"


class VisionError(Exception):
    """The model gave no usable names. `code` is stable; `retry_after` seconds where the service said so.

    The text never holds a key, a picture or the model's words.
    """

    def __init__(
        self,
        code: str,
        disposition: Disposition,
        *,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.disposition = disposition
        self.retry_after = retry_after
        self.request_id = request_id
