"""The registry of this process's metrics, and what is counted of every request."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "loupe_requests", "Answers by route, method and status.", ["route", "method", "status"], registry=REGISTRY
)
_SECONDS = Histogram(
    "loupe_request_seconds",
    "Time to answer, by route.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One answered request. `route` is the pattern, so that there are as many series as routes."""
    requests, durations = _series(route, method, status)
    requests.inc()
    durations.observe(seconds)


@lru_cache(maxsize=4096)
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(route, method, str(status)), _SECONDS.labels(route)
