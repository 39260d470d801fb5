"""What is counted: each series is one kind of entry of the trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from audit.actions import Action, Outcome


@dataclass(frozen=True, slots=True)
class Series:
    """Entries of `action` with this outcome; with `several_factors` only log-ins that proved more than one."""

    name: str
    description: str
    action: Action
    outcome: Outcome = Outcome.SUCCESS
    several_factors: bool = False

    def matches(self, action: str, outcome: str, several_factors: bool) -> bool:
        return (action, outcome) == (self.action, self.outcome) and several_factors >= self.several_factors


@dataclass(frozen=True, slots=True)
class DerivedSeries:
    """Computed of other figures; a point without anything to compute it of has no value."""

    name: str
    description: str
    unit: str


SERIES = {
    each.name: each
    for each in (
        Series("sign_ups", "Accounts opened", Action.ACCOUNT_REGISTERED),
        Series("log_ins", "Log-ins", Action.LOGIN),
        Series("second_factor_log_ins", "Log-ins with a second factor", Action.LOGIN, several_factors=True),
        Series("log_in_failures", "Refused log-ins", Action.LOGIN, Outcome.REFUSED),
        Series("lockouts", "Accounts locked", Action.ACCOUNT_LOCKED),
        Series("password_resets", "Passwords set anew by mail", Action.PASSWORD_RESET),
        Series("suspensions", "Accounts suspended, one at a time", Action.ACCOUNT_SUSPENDED),
        Series("reveals", "Looks at personal data", Action.PERSONAL_DATA_REVEALED),
        Series("refusals", "Calls beyond somebody's rights", Action.ACCESS_DENIED, Outcome.REFUSED),
        Series("extractions", "Extractions", Action.EXTRACTION_CREATED),
        Series("extraction_failures", "Extractions that failed", Action.EXTRACTION_CREATED, Outcome.FAILED),
        Series("validations", "Validations", Action.VALIDATION_CREATED),
        Series("batches", "Batches", Action.BATCH_CREATED),
    )
}

DERIVED = {
    each.name: each
    for each in (
        DerivedSeries("second_factor_share", "Log-ins with a second factor", "percent"),
        DerivedSeries("latency_p50", "Within this time half of the API's answers came", "milliseconds"),
        DerivedSeries("latency_p95", "Within this time 95 % of the API's answers came", "milliseconds"),
    )
}


def wanted(names: Iterable[str]) -> Q:
    """The entries that any of the series counts."""
    found = Q(pk__in=[])
    for name in names:
        found |= Q(action=SERIES[name].action, outcome=SERIES[name].outcome)
    return found
