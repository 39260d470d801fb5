"""What design systems keep for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.retention import RetentionRule
from config.orchestrator import get_orchestrator
from designsystem.models import WebhookDelivery, WebhookEndpoint
from designsystem.services.batch_files import remove_orphans


def _deliveries(now: datetime) -> int:
    kept = timedelta(days=get_orchestrator().webhooks_service.kept_days)
    return WebhookDelivery.objects.filter(finished_at__lte=now - kept).delete()[0]


def _earlier_secrets(now: datetime) -> int:
    over = WebhookEndpoint.objects.filter(previous_secret_until__lte=now)
    return over.update(previous_secret=None, previous_secret_until=None)


def _pictures(now: datetime) -> int:
    from designsystem.services.uploads import UploadService  # what decodes pictures is slow to load

    return UploadService().remove_orphans()


DESIGN_SYSTEM_RULES = (
    RetentionRule(
        "deliveries of webhooks",
        "{LOUPE_WEBHOOKS_KEPT_DAYS} days after they ended",
        "to send again what a receiver lost",
        _deliveries,
        of=("designsystem.webhookdelivery",),
    ),
    RetentionRule(
        "earlier secrets of webhooks",
        "until their overlap is over",
        "they sign nothing any more",
        _earlier_secrets,
        of=("designsystem.webhookendpoint",),
    ),
    # reading every folder takes longest, so they come last
    RetentionRule(
        "files of batches that no item has",
        "1 hour",
        "a request that is not through may have just written them",
        lambda now: remove_orphans(),
    ),
    RetentionRule(
        "pictures that no row has",
        "1 hour; those of somebody who is gone, until the next run",
        "a request that is not through may have just written them",
        _pictures,
    ),
)
