"""The one error of the domain: what went wrong, in words that stay. It knows no HTTP; `config.api.problems` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Kind(StrEnum):
    """What sort of refusal it is. One table in `config.api.problems` turns it into a status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    GONE = "gone"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNPROCESSABLE = "unprocessable"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one part of the input: `pointer` is an RFC 6901 JSON pointer into the body."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal. `code` is stable and for programs, `message` a sentence for people, without secret or personal value.

    `retry_after` in seconds, for THROTTLED and UNAVAILABLE. `hidden` are the rows of others that NOT_FOUND may hide: a
    query that is asked only after the answer, for the trail.
    """

    def __init__(
        self,
        code: str,
        message: str,
        kind: Kind,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        hidden: QuerySet[Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.kind = kind
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.hidden = hidden
