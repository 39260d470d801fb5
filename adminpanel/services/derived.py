"""Series that are computed of others: shares and quantiles, of which no sum over time would be right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adminpanel.models import Grain
from adminpanel.services.analytics import buckets, counted, span
from adminpanel.services.latencies import milliseconds

_SHARES = {"latency_p50": 0.5, "latency_p95": 0.95}


@dataclass(frozen=True, slots=True)
class DerivedPoint:
    start: datetime
    value: int | None


def derived_points(series: str, since: datetime, until: datetime, grain: Grain) -> list[DerivedPoint]:
    """One point for each hour or day, as `analytics.points` gives them; `series` is one of `series.DERIVED`."""
    start, end = span(since, until, grain)
    of = (
        _second_factors(start, end, grain)
        if series not in _SHARES
        else milliseconds(_SHARES[series], start, end, grain)
    )
    return [DerivedPoint(each, of.get(each)) for each in buckets(start, end, grain)]


def _second_factors(start: datetime, end: datetime, grain: Grain) -> dict[datetime, int]:
    """Per cent of the log-ins."""
    found = counted(["log_ins", "second_factor_log_ins"], start, end, grain)
    whole = {at: value for (series, at), value in found.items() if series == "log_ins" and value}
    return {at: round(100 * found.get(("second_factor_log_ins", at), 0) / value) for at, value in whole.items()}
