"""What Prometheus is told of the work that waits and of the engine, measured when it asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adminpanel.services.system import waiting
from config.canary import canary_age
from designsystem.models import Extraction

_NEWEST = 100
_RECENT = timedelta(hours=1)


class WorkCollector(Collector):
    """Nothing while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waits, stages, canary = self.describe()
        try:
            for kind, count in waiting().items():
                waits.add_metric([kind], count)
            for stage, seconds in _stages().items():
                stages.add_metric([stage], seconds)
        except DatabaseError:
            return
        age = canary_age()
        if age is not None:
            canary.add_metric([], age)
        yield from (waits, stages, canary)

    def describe(self) -> list[GaugeMetricFamily]:
        """Without this the registry would collect, and so read the database, while the process starts."""
        return [
            GaugeMetricFamily("loupe_waiting", "Work that waits, by kind.", labels=["kind"]),
            GaugeMetricFamily(
                "loupe_engine_stage_seconds", "Mean of the newest extractions, by stage.", labels=["stage"]
            ),
            GaugeMetricFamily("loupe_canary_age_seconds", "Since a worker last did the task of the clock.", labels=[]),
        ]


def _stages() -> dict[str, float]:
    # by the primary key, which grows with time: `finished_at` has no index, and this is asked at every scrape
    newest = Extraction.objects.order_by("-pk").values_list("finished_at", "timings")[:_NEWEST]
    since = timezone.now() - _RECENT
    spent: dict[str, list[float]] = defaultdict(list)
    for timings in (timings for finished_at, timings in newest if finished_at and finished_at >= since):
        for stage, seconds in timings.items():
            spent[stage].append(seconds)
    return {stage: sum(each) / len(each) for stage, each in spent.items()}
