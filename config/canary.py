"""A task that does nothing but say that it was done: the clock, the queue and a worker are all alive."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache

LATE_AFTER = 120.0  # seconds; the clock asks for it every 30
_KEY = "canary"


def sing() -> None:
    """A worker is here."""
    cache.set(_KEY, time.time(), 86_400)


def canary_age() -> float | None:
    """Seconds since a worker did the task; None when none did since yesterday."""
    sung = cache.get(_KEY)
    return None if sung is None else max(0.0, time.time() - float(sung))


def queue_depth() -> int | None:
    """Messages in Celery's queue that no worker has taken; None when the broker does not answer."""
    from config.celery import app

    try:
        with app.connection_for_read(connect_timeout=1) as connection:
            queue = app.amqp.queues[app.conf.task_default_queue]
            # one try is enough: `default_channel` would go on for some seconds
            declared: Any = queue(connection.channel()).queue_declare()
    except Exception:  # every transport raises its own
        return None
    return int(declared.message_count)
