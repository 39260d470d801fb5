"""What design systems keep for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.retention import RetentionRule
from config.orchestrator import get_orchestrator
from designsystem.models import WebhookDelivery


def _deliveries(now: datetime) -> int:
    kept = timedelta(days=get_orchestrator().webhooks_service.kept_days)
    return WebhookDelivery.objects.filter(finished_at__lte=now - kept).delete()[0]


DESIGN_SYSTEM_RULES = (
    RetentionRule(
        "deliveries of webhooks",
        "{LOUPE_WEBHOOKS_KEPT_DAYS} days after they ended",
        "to send again what a receiver lost",
        _deliveries,
        of=("designsystem.webhookdelivery",),
    ),
)
