"""Bodies are checked, never repaired: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

MAX_DEPTH = 32
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class StrictJSONParser(JSONParser):
    """UTF-8 JSON (RFC 8259, I-JSON of RFC 7493) without NUL, lone surrogates, repeated keys, deep nesting, NaN or
    numbers that 64 bits do not hold.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = get_orchestrator().api_service.max_json_bytes
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise DomainError("body_too_large", f"A JSON body may have {limit:,} bytes.", Kind.TOO_LARGE)
        return strict_json(raw)


class StrictMultiPartParser(MultiPartParser):
    """Form data whose text is UTF-8 without NUL."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        parsed = super().parse(stream, media_type, parser_context)
        for key, values in parsed.data.lists():
            for text in (key, *values):
                check_text(text)
                if "\ufffd" in text:  # Django puts it where bytes are no UTF-8
                    raise _refused("not_utf8", "A form field is not UTF-8.")
        return parsed


def strict_json(raw: bytes) -> Any:
    """The value of a JSON document; DomainError says which rule it breaks, never what it holds."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("not_utf8", "This is not UTF-8.") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise _refused("malformed_json", f"This is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise _too_deep() from None
    _check_tree(value)
    return value


def check_text(text: str) -> None:
    """DomainError for text that a database or another program could not keep as it is."""
    if "\x00" in text:
        raise _refused("nul_character", "Text may not hold U+0000.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refused("lone_surrogate", "Text may not hold half of a surrogate pair.")


def _check_tree(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth == MAX_DEPTH and any(isinstance(each, dict | list) for each in level):
            raise _too_deep()
        level, depth = [child for each in level for child in _children(each)], depth + 1


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key in value:
            check_text(key)
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused("duplicate_key", "A key stands twice in one object.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or not _SMALLEST <= (number := int(digits)) <= _LARGEST:
        raise _refused("number_out_of_range", "An integer does not fit into 64 bits.")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refused("number_out_of_range", "A number does not fit into 64 bits.")
    return number


def _constant(name: str) -> float:
    raise _refused("malformed_json", f"{name} is not JSON.")


def _too_deep() -> DomainError:
    return _refused("too_deep", f"This is nested deeper than {MAX_DEPTH} levels.")


def _refused(code: str, message: str) -> DomainError:
    return DomainError(code, message, Kind.INVALID)
