"""How much waited and how long the trail went without a seal: looked at once a minute, of each day the most is kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from adminpanel.models import Figure, Grain
from adminpanel.services.analytics import floor
from adminpanel.services.system import waiting
from audit.sealer import unsealed_seconds

WAITING, UNSEALED = "most_waiting", "most_unsealed_seconds"
_EVERY = 60.0  # seconds


def record(stop: threading.Event) -> None:
    """Looks until `stop`; what several servers see is the same, and the most of it is kept once."""
    while not stop.wait(_EVERY):
        try:
            keep(look())
        except DatabaseError:
            continue  # away: nothing can be said of this minute


def look() -> dict[str, int]:
    """Pieces of work that nobody has done yet, and seconds since the oldest entry without a seal was written."""
    kinds = waiting()
    unsealed = kinds.pop("unsealed_entries")
    return {WAITING: sum(kinds.values()), UNSEALED: round(unsealed_seconds()) if unsealed else 0}


def keep(seen: Mapping[str, int]) -> None:
    """The most of the day so far."""
    today = floor(timezone.now(), Grain.DAY)
    for series, value in seen.items():
        row, new = Figure.objects.get_or_create(grain=Grain.DAY, series=series, start=today, defaults={"value": value})
        if not new:
            Figure.objects.filter(pk=row.pk, value__lt=value).update(value=value)


def most(start: datetime, end: datetime) -> dict[tuple[str, datetime], int]:
    """By series and day; days on which no server looked have none."""
    rows = Figure.objects.filter(grain=Grain.DAY, series__in=[WAITING, UNSEALED], start__gte=start, start__lt=end)
    return {(series, at): value for series, at, value in rows.values_list("series", "start", "value")}
