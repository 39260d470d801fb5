"""The registry of this process's metrics, and what is counted of every request."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "loupe_requests", "Answers by route, method and status.", ["route", "method", "status"], registry=REGISTRY
)
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SECONDS_BOUNDS = (*_BOUNDS, math.inf)
_SECONDS = Histogram(
    "loupe_request_seconds",
    "Time to answer, by route.",
    ["route"],
    buckets=_BOUNDS,
    registry=REGISTRY,
)

_THROTTLED = Counter("loupe_throttled", "Calls that a limit refused.", ["rate"], registry=REGISTRY)
_EVENTS = Counter(
    "loupe_security_events",
    "Entries of the audit trail that this process wrote, by action and outcome.",
    ["action", "outcome"],
    registry=REGISTRY,
)


def count_throttled(rate: str) -> None:
    """One call that a limit refused."""
    _THROTTLED.labels(rate).inc()


def count_event(action: str, outcome: str) -> None:
    """One entry that this process wrote into the audit trail: log-ins, failures, lockouts and the rest."""
    _events(action, outcome).inc()


def answered_within() -> dict[float, int]:
    """How many calls of the API this process answered, by the narrowest of SECONDS_BOUNDS that they kept to."""
    found = dict.fromkeys(SECONDS_BOUNDS, 0)
    for family in _SECONDS.collect():
        for sample in family.samples:
            if sample.name.endswith("_bucket") and sample.labels["route"].startswith("api/"):
                found[float(sample.labels["le"])] += int(sample.value)
    # a bucket of Prometheus counts the narrower ones as well
    return {bound: found[bound] - (found[lower] if lower else 0) for lower, bound in pairwise((0.0, *SECONDS_BOUNDS))}


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One answered request. `route` is the pattern, so that there are as many series as routes."""
    requests, durations = _series(route, method, status)
    requests.inc()
    durations.observe(seconds)


@lru_cache(maxsize=1024)
def _events(action: str, outcome: str) -> Counter:
    return _EVENTS.labels(action, outcome)


@lru_cache(maxsize=4096)
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(route, method, str(status)), _SECONDS.labels(route)
