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
    """Messages in Celery's queues that no worker has taken; None when the broker does not answer."""
    from config.celery import app

    try:
        with app.connection_for_read(connect_timeout=1) as connection:
            channel: Any = connection.channel()  # one try is enough: `default_channel` would go on for some seconds
            return sum(_waiting(queue(channel)) for queue in app.amqp.queues.values())
    except Exception:  # every transport raises its own
        return None


def _waiting(queue: Any) -> int:
    return int(queue.queue_declare().message_count)
