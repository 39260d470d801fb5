"""Is the process alive, and can it do its work? Round trips, not guesses; no detail for strangers."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.canary import LATE_AFTER, canary_age

logger = structlog.get_logger(__name__)


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database and the cache answer a round trip, else 503 naming the part that does not."""
    checks = {"database": _database, "cache": _cache}
    outcome = {name: "ok" if _holds(name, check) else "failing" for name, check in checks.items()}
    healthy = all(state == "ok" for state in outcome.values())
    return JsonResponse(
        {"status": "ok" if healthy else "failing", "checks": outcome},
        status=200 if healthy else 503,
        headers={} if healthy else {"Retry-After": "5"},
    )


@require_safe
def tasks(request: HttpRequest) -> JsonResponse:
    """200 when a worker did the clock's task lately, else 503. Not part of `ready`: the web works without workers."""
    age = canary_age()
    healthy = age is not None and age < LATE_AFTER
    return JsonResponse({"status": "ok" if healthy else "failing"}, status=200 if healthy else 503)


def _holds(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # whatever the driver raises, the answer is the same
        logger.exception("health_check_failed", check=name)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.set("health", "ok", 5)
    if cache.get("health") != "ok":
        raise RuntimeError("the cache did not give back what was written")
