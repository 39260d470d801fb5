"""What changed between two versions of a design system, token by token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.errors import DomainError, Kind
from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.difference import Part
from designsystem.engine.tokens.drift import ChangeKind, drift
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.token_set import GROUPS, Token
from designsystem.models import TokenSetVersion

MOST_PAIRS = 250_000  # 500 by 500 of one kind: more than any design system has, and still seconds


@dataclass(frozen=True, slots=True)
class Side:
    """A token as one of the versions has it: dotted `path`, DTCG `value` (a reference for an alias)."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class VersionChange:
    """`before` is None for what was added, `after` for what was removed; `parts` say what moved how far."""

    kind: ChangeKind
    before: Side | None
    after: Side | None
    parts: tuple[Part, ...]


def changes_between(before: TokenSetVersion, after: TokenSetVersion) -> list[VersionChange]:
    """Every change from one version to another, in the order of the later one; DomainError when they are too large."""
    old, new = from_dtcg(before.document), from_dtcg(after.document)
    if any(len(old.group(group)) * len(new.group(group)) > MOST_PAIRS for group in GROUPS):
        detail = "These versions have too many tokens of one kind to be compared here."
        raise DomainError("too_many_tokens", detail, Kind.UNPROCESSABLE)
    old_document, new_document = dtcg.document(old), dtcg.document(new)
    return [
        VersionChange(each.kind, _side(each.before, old_document), _side(each.after, new_document), each.parts)
        for each in drift(old, new)
    ]


def _side(token: Token | None, document: Any) -> Side | None:
    if token is None:
        return None
    node = document
    for part in token.path:
        node = node[part]
    return Side(".".join(token.path), node["$value"])
