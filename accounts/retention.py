"""How long things are kept and why: one rule a kind of data, which `purge_expired` applies; apps add their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """`purge(now)` deletes what is over and gives how many that were."""

    what: str
    kept: str
    why: str
    purge: Callable[[datetime], int]


_rules: dict[str, RetentionRule] = {}


def register_rules(*rules: RetentionRule) -> None:
    """Add rules; a second one for the same kind takes the first one's place."""
    _rules.update({rule.what: rule for rule in rules})


def rules() -> tuple[RetentionRule, ...]:
    return tuple(_rules.values())
