"""The one error of the vision providers, with what to do about it and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost: tokens as the service counted them, and US dollars by the configured price."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    dollars: float


FREE = Usage(0, 0, 0, 0.0)


class Disposition(StrEnum):
    """RETRY later, FAIL because configuration or request are wrong, FALL_BACK because this answer cannot be used."""

    RETRY = "retry"
    FAIL = "fail"
    FALL_BACK = "fall_back"


class VisionError(Exception):
    """The model gave no usable names. `code` is stable; `retry_after` seconds where the service said so.

    `usage` is what it cost all the same: known, nothing, or None when the connection broke before that was told.

    The text never holds a key, a picture or the model's words.
    """

    def __init__(
        self,
        code: str,
        disposition: Disposition,
        *,
        retry_after: float | None = None,
        request_id: str | None = None,
        usage: Usage | None = FREE,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.disposition = disposition
        self.retry_after = retry_after
        self.request_id = request_id
        self.usage = usage
