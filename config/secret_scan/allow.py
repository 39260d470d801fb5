"""Allow comments: `allow-secret: REASON` on the line or alone on the line before, `until 2027-01-31` if it ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_COMMENT = re.compile(r"allow-secret\b:?[ \t]*(?P<reason>.*?)(?:-->|\*/)?\s*$")
_UNTIL = re.compile(r"\(?\buntil (\d{4}-\d\d-\d\d)\)?")
_ALONE = re.compile(r"^\s*(?:#|//|/\*|--|;|<!--)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allowed` with a reason that holds today; else `note` says why the comment does not count, if there is one."""

    allowed: bool
    note: str = ""


def verdict(lines: list[str], number: int, today: date) -> Verdict:
    """About a finding on the 1-based line `number`."""
    comment = _COMMENT.search(lines[number - 1])
    if comment is None and number >= 2 and _ALONE.match(lines[number - 2]):
        comment = _COMMENT.search(lines[number - 2])
    if comment is None:
        return Verdict(False)
    until = _UNTIL.search(comment["reason"])
    reason = _UNTIL.sub("", comment["reason"]).strip(" \t.,;:")
    if not reason:
        return Verdict(False, "the allow comment has no reason")
    if until is not None:
        try:
            ends = date.fromisoformat(until[1])
        except ValueError:
            return Verdict(False, "the allow comment has no such date")
        if ends < today:
            return Verdict(False, f"the allow comment ended on {ends}")
    return Verdict(True)
