"""Wakes whoever works on the outbox, after the commit; the rows are the work, so a lost call loses nothing."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction

logger = structlog.get_logger(__name__)

DELIVER_OUTBOX = "accounts.deliver_outbox"


def wake_outbox() -> None:
    """Send the task on commit; when the broker is away, the schedule finds the row within a minute."""
    transaction.on_commit(_send)


def _send() -> None:
    try:
        current_app.send_task(DELIVER_OUTBOX, ignore_result=True, retry=False)
    except Exception as error:  # the broker's own errors, of any kind
        logger.warning("outbox_not_woken", error=type(error).__name__)
