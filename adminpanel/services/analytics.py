"""How often what happened: figures of hours that are over and settled, and the trail itself for the rest, so that a
number is right to the row whenever it is asked.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, Value, When
from django.db.models.functions import TruncHour
from django.utils import timezone

from adminpanel.models import Figure, Grain, RollUp
from adminpanel.services.series import SERIES, wanted
from audit.models import AuditLog

# an entry carries the time at which it was written and shows once its transaction is over: longer than any may take
SETTLED_AFTER = timedelta(minutes=15)
_STEP = {Grain.HOUR: timedelta(hours=1), Grain.DAY: timedelta(days=1)}
Counts = Mapping[tuple[str, datetime], int]


@dataclass(frozen=True, slots=True)
class Point:
    start: datetime
    value: int


def points(series: str, since: datetime, until: datetime, grain: Grain) -> list[Point]:
    """One point for each hour or day (UTC) that `since` to before `until` touches, zeros included; each counts the
    whole of its hour or day.
    """
    start, end = span(since, until, grain)
    found = counted([series], start, end, grain)
    return [Point(each, found.get((series, each), 0)) for each in buckets(start, end, grain)]


def totals(since: datetime, until: datetime) -> dict[str, int]:
    """Of every series over whole days."""
    found = counted(list(SERIES), *span(since, until, Grain.DAY), Grain.DAY)
    summed: Counter[str] = Counter()
    for (series, _), value in found.items():
        summed[series] += value
    return {name: summed[name] for name in SERIES}


def counted(names: list[str], start: datetime, end: datetime, grain: Grain) -> Counts:
    """Four queries at most, however long the time is."""
    complete = RollUp.objects.values_list("until", flat=True).first() or start
    complete = min(max(complete, start), end)
    whole = floor(complete, grain)  # a day that is not over has only its hours
    found: Counter[tuple[str, datetime]] = Counter()
    for kept, since, until in ((grain, start, whole), (Grain.HOUR, whole, complete)):
        if since < until:
            rows = Figure.objects.filter(grain=kept, series__in=names, start__gte=since, start__lt=until)
            for series, at, value in rows.values_list("series", "start", "value"):
                found[series, floor(at, grain)] += value
    for (series, at), value in _from_trail(names, complete, end).items():
        found[series, floor(at, grain)] += value
    return found


def roll_up(now: datetime | None = None, *, seconds: float = 100.0) -> int:
    """Count every hour that is settled and not counted yet, a day in a transaction; how many transactions it took.

    Stops after `seconds` and goes on the next time: the first run over a long trail takes several.
    """
    settled, stop, done = floor((now or timezone.now()) - SETTLED_AFTER, Grain.HOUR), time.monotonic() + seconds, 0
    while time.monotonic() < stop and _roll_one_day(settled):
        done += 1
    return done


def floor(time: datetime, grain: Grain) -> datetime:
    """The beginning of its hour or day in UTC."""
    hour = time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if grain == Grain.HOUR else hour.replace(hour=0)


def span(since: datetime, until: datetime, grain: Grain) -> tuple[datetime, datetime]:
    """From the beginning of the first hour or day that is touched to the end of the last one."""
    start = floor(until, grain)
    return floor(since, grain), start if start == until else start + _STEP[grain]


def buckets(start: datetime, end: datetime, grain: Grain) -> Iterable[datetime]:
    while start < end:
        yield start
        start += _STEP[grain]


@transaction.atomic
def _roll_one_day(settled: datetime) -> bool:
    RollUp.objects.get_or_create(pk=1)
    state = RollUp.objects.select_for_update().get(pk=1)
    start = state.until or _beginning()
    if start is None or start >= settled:
        return False
    day = floor(start, Grain.DAY)
    end = min(day + _STEP[Grain.DAY], settled)
    _keep(Grain.HOUR, _from_trail(list(SERIES), start, end))
    if end == day + _STEP[Grain.DAY]:
        hours = Figure.objects.filter(grain=Grain.HOUR, start__gte=day, start__lt=end)
        summed: Counter[tuple[str, datetime]] = Counter()
        for series, value in hours.values_list("series", "value"):
            summed[series, day] += value
        _keep(Grain.DAY, summed)
    state.until = end
    state.save(update_fields=["until"])
    return True


def _from_trail(names: list[str], start: datetime, end: datetime) -> Counts:
    """By hour, from the entries themselves."""
    found: Counter[tuple[str, datetime]] = Counter()
    if start >= end:
        return found
    rows = AuditLog.objects.filter(wanted(names), occurred_at__gte=start, occurred_at__lt=end)
    several = Case(When(method__contains=" ", then=Value(True)), default=Value(False))
    groups = (
        rows.annotate(hour=TruncHour("occurred_at", tzinfo=UTC), several=several)
        .values_list("hour", "action", "outcome", "several")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for hour, action, outcome, several_factors, count in groups:
        for name in names:
            if SERIES[name].matches(action, outcome, several_factors):
                found[name, hour] += count
    return found


def _keep(grain: Grain, counts: Counts) -> None:
    Figure.objects.bulk_create(
        [Figure(grain=grain, series=series, start=at, value=value) for (series, at), value in counts.items()],
        update_conflicts=True,
        unique_fields=["grain", "series", "start"],
        update_fields=["value"],
    )


def _beginning() -> datetime | None:
    first = AuditLog.objects.order_by("occurred_at").values_list("occurred_at", flat=True).first()
    return floor(first, Grain.HOUR) if first else None
