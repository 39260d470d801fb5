"""Webhooks and their messages, as the tests here make and send them."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from designsystem.models import Extraction, WebhookDelivery
from designsystem.models.lease import WorkState
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.webhook_delivery import WebhookWorker
from designsystem.services.webhook_events import subscribable
from designsystem.services.webhooks import NewSecret, WebhookService
from designsystem.tests import pictures
from designsystem.tests.webhooks.receiver import Receiver

PICTURE = Upload("/pictures/0", "Looking-Glass.png", pictures.page)
OPTIONS = Options(name="Looking-Glass", pixel_ratio=1.0)


def webhook(owner: Any, server: Receiver, events: Any = None, system: Any = None) -> NewSecret:
    names = [each.value for each in events or subscribable()]
    return WebhookService().create(owner, "Shop", server.url, names, system)


def work(row: WebhookDelivery) -> WebhookDelivery:
    """Have it tried now."""
    WebhookDelivery.objects.filter(pk=row.pk, state=WorkState.QUEUED).update(due_at=timezone.now())
    WebhookWorker(jitter=lambda: 1).run(row.pk)
    row.refresh_from_db()
    return row


def extract(owner: Any, options: Options = OPTIONS) -> Extraction:
    (outcome,) = ExtractionService().extract(owner, [PICTURE], options)
    assert isinstance(outcome, tuple)
    return outcome[1]


def data(row: WebhookDelivery) -> Any:
    return json.loads(row.body)["data"]
