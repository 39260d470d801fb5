"""What the engine refuses, in the words of the domain."""

from __future__ import annotations

from config.errors import DomainError, FieldError, Kind
from designsystem.engine.errors import PictureError, Reason

_KINDS: dict[Reason, Kind] = {
    Reason.EMPTY: Kind.INVALID,
    Reason.UNSUPPORTED_TYPE: Kind.UNSUPPORTED_TYPE,
    Reason.TOO_MANY_BYTES: Kind.TOO_LARGE,
    Reason.TOO_MANY_PIXELS: Kind.TOO_LARGE,
    Reason.CORRUPT: Kind.UNPROCESSABLE,
    Reason.FULLY_TRANSPARENT: Kind.UNPROCESSABLE,
    Reason.BAD_PIXEL_RATIO: Kind.INVALID,
}


def refused(error: PictureError, pointer: str) -> DomainError:
    """`pointer` (RFC 6901) is where the picture stood in the input."""
    code = f"picture_{error.reason}" if error.reason is not Reason.BAD_PIXEL_RATIO else error.reason.value
    where = pointer if error.reason is not Reason.BAD_PIXEL_RATIO else "/pixel_ratio"
    return DomainError(code, error.detail, _KINDS[error.reason], errors=[FieldError(where, code, error.detail)])
