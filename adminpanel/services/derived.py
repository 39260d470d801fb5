"""Series that are computed of others: shares and quantiles, of which no sum over time would be right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adminpanel.models import Grain
from adminpanel.services.analytics import points
from adminpanel.services.latencies import milliseconds

_SHARES = {"latency_p50": 0.5, "latency_p95": 0.95}


@dataclass(frozen=True, slots=True)
class DerivedPoint:
    start: datetime
    value: int | None


def derived_points(series: str, since: datetime, until: datetime, grain: Grain) -> list[DerivedPoint]:
    """One point for each hour or day, as `analytics.points` gives them; `series` is one of `series.DERIVED`."""
    whole = points("log_ins", since, until, grain)
    starts = [each.start for each in whole]
    if series in _SHARES:
        found = milliseconds(_SHARES[series], starts[0], until, grain) if starts else {}
        return [DerivedPoint(each, found.get(each)) for each in starts]
    several = points("second_factor_log_ins", since, until, grain)
    return [
        DerivedPoint(each.start, round(100 * part.value / each.value) if each.value else None)
        for each, part in zip(whole, several, strict=True)
    ]
