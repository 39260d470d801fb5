"""The list of accepted exceptions, as people keep it: JSON, each with its reason and its last day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from designsystem.engine.comparison.finding import AcceptedException, Rule
from designsystem.engine.geometry import Box

_MEMBERS = {"rule", "found", "box", "reason", "expires"}
_MOST = 1_000


class ExceptionFileError(ValueError):
    """The list is not what it should be: `detail` says why, `index` at which exception, None for the list itself."""

    def __init__(self, detail: str, index: int | None = None) -> None:
        super().__init__(detail if index is None else f"exceptions/{index}: {detail}")
        self.detail = detail
        self.index = index


def read_exceptions(document: str | Any) -> tuple[AcceptedException, ...]:
    """From `{"exceptions": [{"rule", "reason", "expires", "found"?, "box"?}]}`, as text or as what JSON text became.

    `expires` is YYYY-MM-DD, the last day; `box` is [x, y, width, height] in device px. ExceptionFileError otherwise.
    """
    content = _parsed(document) if isinstance(document, str) else document
    if not isinstance(content, dict) or set(content) != {"exceptions"} or not isinstance(content["exceptions"], list):
        raise ExceptionFileError('must be an object with the one member "exceptions", a list')
    if len(content["exceptions"]) > _MOST:
        raise ExceptionFileError(f"holds more than {_MOST:,} exceptions")
    return tuple(_exceptions(content["exceptions"]))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ExceptionFileError("is not JSON") from None


def _exceptions(entries: Iterable[Any]) -> Iterable[AcceptedException]:
    for index, entry in enumerate(entries):
        try:
            yield _exception(entry)
        except (ValueError, TypeError) as error:
            raise ExceptionFileError(str(error), index) from None


def _exception(entry: Any) -> AcceptedException:
    if not isinstance(entry, dict):
        raise ValueError("must be an object")
    if unknown := sorted(set(entry) - _MEMBERS):
        raise ValueError(f"unknown member {unknown[0]!r}")
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError("needs a reason")
    found = entry.get("found")
    if found is not None and not isinstance(found, str):
        raise ValueError("found must be text")
    return AcceptedException(
        rule=_rule(entry.get("rule")),
        reason=reason.strip(),
        expires=_day(entry.get("expires")),
        found=found,
        box=read_box(entry.get("box")),
    )


def _rule(value: Any) -> Rule:
    known = {rule.value: rule for rule in Rule}
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"rule must be one of {', '.join(known)}")
    return known[value]


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError("expires must be a day, YYYY-MM-DD") from None


def read_box(value: Any) -> Box | None:
    if value is None:
        return None
    whole = isinstance(value, list) and len(value) == 4 and all(type(each) is int for each in value)
    if not whole or min(value) < 0 or value[2] < 1 or value[3] < 1:
        raise ValueError("box must be [x, y, width, height] in whole pixels")
    return Box(*value)
