"""How long the API takes to answer: every server adds what it measured to the figures of the hour, once a minute."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from adminpanel.models import Figure, Grain, RollUp
from adminpanel.services.analytics import floor
from config.request_metrics import SECONDS_BOUNDS, answered_within

_EVERY = 60.0  # seconds
_PREFIX = "answered_within_"
_NAMES = {f"{_PREFIX}{bound:g}": bound for bound in SECONDS_BOUNDS}


def record(stop: threading.Event) -> None:
    """Adds to the figures until `stop`, and what is left then."""
    known: Mapping[float, int] = {}
    while not stop.wait(_EVERY):
        known = keep(known)
    keep(known)


def keep(known: Mapping[float, int]) -> Mapping[float, int]:
    """Add the answers since `known`, which an earlier call gave; gives what to hand to the next one."""
    counted = answered_within()
    hour = floor(timezone.now(), Grain.HOUR)
    for bound, count in counted.items():
        new = count - known.get(bound, 0)
        if new:
            row, _ = Figure.objects.get_or_create(
                grain=Grain.HOUR, series=f"{_PREFIX}{bound:g}", start=hour, defaults={"value": 0}
            )
            Figure.objects.filter(pk=row.pk).update(value=F("value") + new)
    return counted


def milliseconds(share: float, start: datetime, end: datetime, grain: Grain) -> dict[datetime, int]:
    """By hour or day: within how many milliseconds that share of the answers came. Linear inside a bucket, so it is as
    right as the buckets are narrow; what took longer than the last bound counts as that bound.
    """
    return {at: round(1000 * _quantile(share, counts)) for at, counts in _counts(start, end, grain).items()}


def over_all(share: float, start: datetime, end: datetime) -> int | None:
    """The same for the whole of the time; None when nothing was answered."""
    counts = sum(_counts(start, end, Grain.DAY).values(), Counter[float]())
    return round(1000 * _quantile(share, counts)) if counts else None


def _counts(start: datetime, end: datetime, grain: Grain) -> dict[datetime, Counter[float]]:
    """Answers by bound. Days that were rolled up count whole, the rest by their hours."""
    rolled = RollUp.objects.values_list("until", flat=True).first() or start
    whole = min(max(floor(rolled, grain), start), end)
    found: dict[datetime, Counter[float]] = defaultdict(Counter)
    for kept, since, until in ((grain, start, whole), (Grain.HOUR, whole, end)):
        rows = Figure.objects.filter(grain=kept, series__in=list(_NAMES), start__gte=since, start__lt=until)
        for series, at, value in rows.values_list("series", "start", "value"):
            found[floor(at, grain)][_NAMES[series]] += value
    return found


def _quantile(share: float, counts: Mapping[float, int]) -> float:
    """In seconds, as Prometheus' histogram_quantile computes it."""
    rank, below, lower = share * sum(counts.values()), 0, 0.0
    for bound in SECONDS_BOUNDS:
        inside = counts.get(bound, 0)
        if inside and below + inside >= rank:
            return lower if math.isinf(bound) else lower + (bound - lower) * (rank - below) / inside
        below += inside
        lower = lower if math.isinf(bound) else bound
    return lower
