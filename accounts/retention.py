"""How long things are kept and why: one rule a kind of data, which `purge_expired` applies; apps add their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from config.orchestrator import get_orchestrator
from config.registry import settings


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """`purge(now)` deletes what is over and gives how many that were; `of` names the tables that it lets go.

    `kept` says how long; a setting's variable in braces stands for its value.
    """

    what: str
    kept: str
    why: str
    purge: Callable[[datetime], int]
    of: tuple[str, ...] = ()


_rules: dict[str, RetentionRule] = {}


def register_rules(*rules: RetentionRule) -> None:
    """Add rules; a second one for the same kind takes the first one's place."""
    _rules.update({rule.what: rule for rule in rules})


def rules() -> tuple[RetentionRule, ...]:
    return tuple(_rules.values())


def settings_in(kept: str) -> tuple[str, ...]:
    """The variables that a period is made of."""
    return tuple(name for _, name, _, _ in Formatter().parse(kept) if name)


def in_words(kept: str) -> str:
    """A period as it is configured, for people; KeyError when it names no setting."""
    return kept.format_map({name: _value(name) for name in settings_in(kept)})


def _value(variable: str) -> Any:
    service, field = settings()[variable].homes[0]
    return getattr(getattr(get_orchestrator(), service), field)
