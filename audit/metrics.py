"""What Prometheus is told of the trail, measured when it asks."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from audit.models import Checkpoint
from audit.sealer import unsealed_seconds


class AuditCollector(Collector):
    """The age of the oldest entry without a seal and the length of the trail; nothing while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            waited = unsealed_seconds()
            last = Checkpoint.objects.order_by("-number").values_list("size", flat=True).first()
        except DatabaseError:
            return
        yield GaugeMetricFamily("loupe_audit_unsealed_seconds", "Age of the oldest entry without a seal.", waited)
        yield GaugeMetricFamily("loupe_audit_sealed_entries", "Length of the sealed trail.", last or 0)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Without this the registry would collect, and so read the database, while the process starts."""
        yield GaugeMetricFamily("loupe_audit_unsealed_seconds", "")
        yield GaugeMetricFamily("loupe_audit_sealed_entries", "")
