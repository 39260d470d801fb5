"""How often somebody may do something: exact counts over a moving window, in Redis or in this process's memory."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from config.orchestrator import get_orchestrator

logger = structlog.get_logger(__name__)

_PAUSE = 5.0  # seconds without Redis before it is asked again, so that not every request waits for its timeout


class Rate(StrEnum):
    """What sort of work is counted; `ApiConfigService` says how much of it is allowed."""

    READ = "read"
    WRITE = "write"
    COSTLY = "costly"  # measuring, exporting, mailing
    CREDENTIALS = "credentials"  # whatever could guess a secret
    REFUSED = "refused"  # requests whose credentials were wrong


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one hit: of `limit` in `window` seconds `remaining` are left, and all in `reset_after` seconds."""

    rate: Rate
    allowed: bool
    limit: int
    window: int
    remaining: int
    reset_after: int


class RateLimiter:
    """Check and count are one step (a Lua script in Redis, a lock in memory), so parallel calls cannot slip through.

    While Redis does not answer, this process counts for itself: limits stay, though each process has its own.
    """

    def __init__(self, redis_url: str | None = None, *, prefix: str = "loupe", timeout: float = 2) -> None:
        self._memory = _Exclusive(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        if redis_url:
            storage: Storage = RedisStorage(
                redis_url,
                key_prefix=f"{prefix}:limit",
                wrap_exceptions=True,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
            )
            self._shared = MovingWindowRateLimiter(storage)

    def hit(self, rate: Rate, principal: str) -> Verdict:
        """Count one call of `principal`, when it is still allowed."""
        return self._ask(rate, principal, count=True)

    def look(self, rate: Rate, principal: str) -> Verdict:
        """Whether `principal` has one call left, without counting it."""
        return self._ask(rate, principal, count=False)

    def allows(self, rate: Rate, principal: str) -> bool:
        """The short answer of `look`, in one round trip instead of two."""
        api_service = get_orchestrator().api_service
        if not api_service.throttling:
            return True
        item = _parsed(api_service.rate(rate))
        if self._shared is not None:
            try:
                return bool(self._shared.test(item, rate.value, principal))
            except StorageError:
                logger.warning("rate_limits_not_shared", rate=rate)
        return bool(self._memory.test(item, rate.value, principal))

    def reset(self) -> None:
        """Forget everything that was counted, for everybody."""
        self._away_until = 0.0
        for limiter in filter(None, (self._memory, self._shared)):
            limiter.storage.reset()

    def _ask(self, rate: Rate, principal: str, *, count: bool) -> Verdict:
        api_service = get_orchestrator().api_service
        item = _parsed(api_service.rate(rate))
        if not api_service.throttling:
            return Verdict(rate, True, item.amount, item.get_expiry(), item.amount, item.get_expiry())
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return _verdict(self._shared, rate, item, principal, count=count)
            except StorageError:
                self._away_until = time.monotonic() + _PAUSE
                logger.warning("rate_limits_not_shared", rate=rate, again_in_seconds=_PAUSE)
        return _verdict(self._memory, rate, item, principal, count=count)


@cache
def get_rate_limiter() -> RateLimiter:
    """The limiter of this process."""
    cache_service = get_orchestrator().cache_service
    url = cache_service.url.get_secret_value() if cache_service.url else None
    return RateLimiter(url, prefix=cache_service.key_prefix, timeout=cache_service.timeout_seconds)


class _Exclusive(MovingWindowRateLimiter):
    """The memory storage drops the lock of a key while others may wait for it: one lock for all keys holds."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._lock = threading.Lock()

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        with self._lock:
            return super().hit(item, *identifiers, cost=cost)


@cache
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


def _verdict(
    limiter: MovingWindowRateLimiter, rate: Rate, item: RateLimitItem, principal: str, *, count: bool
) -> Verdict:
    ask = limiter.hit if count else limiter.test
    allowed = ask(item, rate.value, principal)
    reset_time, remaining = limiter.get_window_stats(item, rate.value, principal)
    return Verdict(
        rate=rate,
        allowed=allowed,
        limit=item.amount,
        window=item.get_expiry(),
        remaining=max(0, remaining),
        reset_after=max(1, math.ceil(reset_time - time.time())),
    )
