"""What differs between two environments: what they demand, and how this configuration stands to each."""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr

from config.environments import POLICIES, Environment
from config.masking import masked
from config.orchestrator import ConfigServiceOrchestrator
from config.registry import settings


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` is demand, value or problem; the sides are shown texts, never secrets."""

    kind: str
    name: str
    left: str
    right: str


def compare_environments(
    orchestrator: ConfigServiceOrchestrator, left: Environment, right: Environment
) -> list[Difference]:
    """Rows of the policy table that differ, and the problems that this configuration has in one of the two."""
    demands_left, demands_right = asdict(POLICIES[left]), asdict(POLICIES[right])
    found = [
        Difference("demand", demand, str(demands_left[demand]), str(demands_right[demand]))
        for demand in demands_left
        if demands_left[demand] != demands_right[demand]
    ]
    problems_left = {(problem.id, problem.key): problem for problem in orchestrator.report(left).problems}
    problems_right = {(problem.id, problem.key): problem for problem in orchestrator.report(right).problems}
    for identity in sorted(set(problems_left) ^ set(problems_right)):
        left_has = identity in problems_left
        problem = problems_left.get(identity) or problems_right[identity]
        sides = (problem.message, "fits") if left_has else ("fits", problem.message)
        found.append(Difference("problem", f"{problem.id} {problem.key}", *sides))
    return found


def compare_values(left: ConfigServiceOrchestrator, right: ConfigServiceOrchestrator) -> list[Difference]:
    """Settings whose values differ. Secrets are compared, never shown: `set`, `unset` and `set (another)`."""
    found = []
    for key, setting in settings().items():
        service, field = setting.homes[-1]
        one, other = (getattr(getattr(side, service), field) for side in (left, right))
        if not _same(one, other):
            found.append(Difference("value", key, *_shown(setting.secret, one, other)))
    return found


def _shown(secret: bool, one: Any, other: Any) -> tuple[str, str]:
    if not secret:
        return str(masked(one)), str(masked(other))
    left, right = ("set" if value else "unset" for value in (one, other))
    return left, "set (another)" if left == right == "set" else right


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, SecretStr) and isinstance(other, SecretStr):
        return hmac.compare_digest(one.get_secret_value().encode(), other.get_secret_value().encode())
    return bool(one == other)
