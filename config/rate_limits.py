"""How often somebody may do something: exact counts over a moving window, in Redis or in this process's memory."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast

import structlog
from django.core.cache import caches
from django_redis.cache import RedisCache
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

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
        self._shared: _OneTripStorage | None = None
        self._away_until = 0.0
        if redis_url:
            self._shared = _OneTripStorage(
                redis_url,
                key_prefix=f"{prefix}:limit",
                wrap_exceptions=True,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
            )

    def hit(self, rate: Rate, principal: str) -> Verdict:
        """Count one call of `principal`, when it is still allowed."""
        return self._ask(rate, principal, count=True)

    def hit_and_read(
        self, rate: Rate, principal: str, keys: Sequence[str], void: object
    ) -> tuple[Verdict | None, dict[str, Any]]:
        """Count one call and read `keys` of the cache, in one trip where both are in Redis.

        Nothing is counted, and the verdict is None, when one of them is missing or `void`, or there is no such trip.
        """
        api_service, cache = get_orchestrator().api_service, caches["default"]
        if self._shared is not None and api_service.throttling and time.monotonic() >= self._away_until:
            item, client = _parsed(api_service.rate(rate)), cast(RedisCache, cache).client
            try:
                verdict, found = self._shared.ask(
                    rate, item, principal, keys=[client.make_key(key) for key in keys], void=client.encode(void)
                )
            except RedisError:
                self._rest(rate)
            else:
                read = zip(keys, found, strict=True)
                return verdict, {key: client.decode(value) for key, value in read if value is not None}
        return None, cache.get_many(keys)

    def look(self, rate: Rate, principal: str) -> Verdict:
        """Whether `principal` has one call left, without counting it."""
        return self._ask(rate, principal, count=False)

    def reset(self) -> None:
        """Forget everything that was counted, for everybody."""
        self._away_until = 0.0
        self._memory.storage.reset()
        if self._shared is not None:
            self._shared.reset()

    def _ask(self, rate: Rate, principal: str, *, count: bool) -> Verdict:
        api_service = get_orchestrator().api_service
        item = _parsed(api_service.rate(rate))
        if not api_service.throttling:
            return Verdict(rate, True, item.amount, item.get_expiry(), item.amount, item.get_expiry())
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                verdict, _ = self._shared.ask(rate, item, principal, count=count)
            except RedisError:
                self._rest(rate)
            else:
                assert verdict is not None
                return verdict
        return self._memory.ask(rate, item, principal, count=count)

    def _rest(self, rate: Rate) -> None:
        self._away_until = time.monotonic() + _PAUSE
        logger.warning("rate_limits_not_shared", rate=rate, again_in_seconds=_PAUSE)


@cache
def get_rate_limiter() -> RateLimiter:
    """The limiter of this process."""
    cache_service = get_orchestrator().cache_service
    url = cache_service.url.get_secret_value() if cache_service.url else None
    return RateLimiter(url, prefix=cache_service.key_prefix, timeout=cache_service.timeout_seconds)


class _OneTripStorage(RedisStorage):
    """The library's moving window, a list of the times of the calls, newest first. Its own scripts take two trips to
    count and to tell what is left, and search the list each time; this takes one trip, and Redis's clock for all.
    """

    _SCRIPT = b"""
        local limit, window, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local read = {}
        if #KEYS > 1 then
            read = redis.call('mget', unpack(KEYS, 2))
            for _, value in ipairs(read) do
                if not value or value == ARGV[4] then return {read} end
            end
        end
        local clock = redis.call('time')
        local now = clock[1] + clock[2] / 1000000
        local oldest = redis.call('lindex', KEYS[1], -1)
        while oldest and tonumber(oldest) < now - window do
            redis.call('rpop', KEYS[1])
            oldest = redis.call('lindex', KEYS[1], -1)
        end
        local calls = redis.call('llen', KEYS[1])
        local allowed = calls < limit
        if allowed and amount > 0 then
            calls = redis.call('lpush', KEYS[1], string.format('%.6f', now))
            redis.call('expire', KEYS[1], window)
        end
        return {read, allowed and 1 or 0, calls, math.ceil((oldest or now) + window - now)}
    """

    def initialize_storage(self, _uri: str) -> None:
        super().initialize_storage(_uri)
        self._script = self.get_connection().register_script(self._SCRIPT)

    def ask(
        self,
        rate: Rate,
        item: RateLimitItem,
        principal: str,
        *,
        count: bool = True,
        keys: Sequence[str] = (),
        void: bytes = b"",
    ) -> tuple[Verdict | None, list[bytes | None]]:
        """The verdict and the values of `keys`; no verdict, and nothing counted, when one is missing or `void`."""
        window = item.get_expiry()
        counter = self.prefixed_key(item.key_for(rate.value, principal))
        read, *verdict = self._script([counter, *keys], [item.amount, window, int(count), void])
        if not verdict:
            return None, read
        allowed, calls, reset_after = verdict
        return (
            Verdict(rate, bool(allowed), item.amount, window, max(0, item.amount - calls), max(1, reset_after)),
            read,
        )


class _Exclusive(MovingWindowRateLimiter):
    """The memory storage drops the lock of a key while others may wait for it: one lock for all keys holds."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._lock = threading.Lock()

    def ask(self, rate: Rate, item: RateLimitItem, principal: str, *, count: bool) -> Verdict:
        with self._lock:
            allowed = (self.hit if count else self.test)(item, rate.value, principal)
            reset_time, remaining = self.get_window_stats(item, rate.value, principal)
        return Verdict(
            rate,
            allowed,
            item.amount,
            item.get_expiry(),
            max(0, remaining),
            max(1, math.ceil(reset_time - time.time())),
        )


@cache
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
