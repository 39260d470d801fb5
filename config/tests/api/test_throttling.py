"""Limits are exact, also when everybody comes at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from limits.storage import MemoryStorage
from redis import Redis
from redis.exceptions import ConnectionError
from rest_framework.test import APIClient
from time_machine import Traveller

from config.orchestrator import get_orchestrator
from config.rate_limits import Rate, RateLimiter, Verdict

urls = pytest.mark.urls("config.tests.api.endpoints")


def limit_of(rate: Rate) -> int:
    return int(get_orchestrator().api_service.rate(rate).partition("/")[0])


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest) -> Iterator[RateLimiter]:
    if request.param == "memory":
        yield RateLimiter()
    elif (url := get_orchestrator().cache_service.url) is None:
        pytest.skip("REDIS_URL is missing: Redis is not asked")
    else:
        yield RateLimiter(url.get_secret_value())


def test_of_fifty_parallel_callers_exactly_as_many_pass_as_are_allowed(limiter: RateLimiter) -> None:
    with ThreadPoolExecutor(50) as pool:
        verdicts = list(pool.map(lambda _: limiter.hit(Rate.CREDENTIALS, "user:1"), range(200)))
    assert sum(verdict.allowed for verdict in verdicts) == limit_of(Rate.CREDENTIALS)


def test_in_memory_nobody_looks_while_another_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    real, both_inside = MemoryStorage.acquire_entry, threading.Barrier(2)
    overlapped: list[bool] = []

    def acquire_entry(*arguments: Any, **more: Any) -> bool:
        try:
            both_inside.wait(0.5)  # in vain, as the other one waits outside
            overlapped.append(True)
        except threading.BrokenBarrierError:
            both_inside.reset()
        return real(*arguments, **more)

    monkeypatch.setattr(MemoryStorage, "acquire_entry", acquire_entry)
    limiter, limit = RateLimiter(), limit_of(Rate.CREDENTIALS)
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda _: limiter.hit(Rate.CREDENTIALS, "user:1"), range(2)))
    assert not overlapped
    assert sorted(verdict.remaining for verdict in verdicts) == [limit - 2, limit - 1]


@pytest.fixture
def redis_limiter() -> RateLimiter:
    if (url := get_orchestrator().cache_service.url) is None:
        pytest.skip("REDIS_URL is missing: Redis is not asked")
    return RateLimiter(url.get_secret_value())


def test_a_call_that_is_counted_on_the_way_to_the_cache_is_counted_as_exactly(redis_limiter: RateLimiter) -> None:
    caches["default"].set_many({"one": [1], "two": "2"})
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda _: redis_limiter.hit_and_read(Rate.CREDENTIALS, "user:1", ["one", "two"], "x"), range(200))
        )
    assert sum(verdict is not None and verdict.allowed for verdict, _ in answers) == limit_of(Rate.CREDENTIALS)
    assert all(read == {"one": [1], "two": "2"} for _, read in answers)
    assert not redis_limiter.hit(Rate.CREDENTIALS, "user:1").allowed, "both ways count alike"


@pytest.mark.parametrize("second", [None, "ended"])
def test_nobody_is_counted_whose_credential_is_unknown_or_ended(redis_limiter: RateLimiter, second: str | None) -> None:
    caches["default"].set("one", [1])
    caches["default"].delete("two")
    if second:
        caches["default"].set("two", second)
    verdict, read = redis_limiter.hit_and_read(Rate.CREDENTIALS, "user:1", ["one", "two"], "ended")
    assert verdict is None
    assert read.get("two") == second
    assert redis_limiter.look(Rate.CREDENTIALS, "user:1").remaining == limit_of(Rate.CREDENTIALS)


def test_principals_and_rates_are_counted_apart(limiter: RateLimiter) -> None:
    for _ in range(limit_of(Rate.CREDENTIALS)):
        assert limiter.hit(Rate.CREDENTIALS, "user:1").allowed
    assert not limiter.hit(Rate.CREDENTIALS, "user:1").allowed
    assert limiter.hit(Rate.CREDENTIALS, "user:2").allowed
    assert limiter.hit(Rate.READ, "user:1").allowed


def test_looking_does_not_count(limiter: RateLimiter) -> None:
    assert limiter.look(Rate.REFUSED, "address:1").remaining == limit_of(Rate.REFUSED)
    assert limiter.look(Rate.REFUSED, "address:1").remaining == limit_of(Rate.REFUSED)


def test_without_an_answer_from_redis_the_process_counts_for_itself() -> None:
    limiter = RateLimiter("redis://127.0.0.1:1", timeout=0.2)
    verdicts = [limiter.hit(Rate.CREDENTIALS, "user:1") for _ in range(limit_of(Rate.CREDENTIALS) + 1)]
    assert [verdict.allowed for verdict in verdicts] == [True] * limit_of(Rate.CREDENTIALS) + [False]


@pytest.mark.parametrize(("pause", "times"), [(60.0, 1), (0.0, 3)])
def test_redis_that_is_away_is_asked_again_only_after_a_pause(
    pause: float, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(storage: Any, rate: Rate, item: Any, principal: str, *, count: bool) -> Verdict:
        asked.append(principal)
        raise ConnectionError

    monkeypatch.setattr("config.rate_limits._OneTripStorage.ask", away)
    monkeypatch.setattr("config.rate_limits._PAUSE", pause)
    limiter = RateLimiter("redis://127.0.0.1:1")
    for _ in range(3):
        assert limiter.hit(Rate.READ, "user:1").allowed
    assert len(asked) == times


@urls
@pytest.mark.django_db
def test_an_answer_says_what_is_left_and_a_refusal_when_to_come_back() -> None:
    client, limit = APIClient(), limit_of(Rate.CREDENTIALS)
    first = client.post("/api/guess")
    assert first["RateLimit-Policy"] == f'"credentials";q={limit};w=60'
    assert first["RateLimit"].startswith(f'"credentials";r={limit - 1};t=')
    answers = [client.post("/api/guess") for _ in range(limit)]
    assert [answer.status_code for answer in answers] == [200] * (limit - 1) + [429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["RateLimit"].startswith('"credentials";r=0;t=')


@urls
@pytest.mark.django_db
def test_another_forwarded_address_is_believed_from_nobody_but_a_trusted_proxy() -> None:
    answers = [
        APIClient().post("/api/guess", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(limit_of(Rate.CREDENTIALS) + 1)
    ]
    assert answers[-1].status_code == 429


@urls
@pytest.mark.django_db
def test_an_address_that_keeps_coming_with_wrong_tokens_is_refused_and_whoever_is_signed_in_there_is_not(
    alice: Any, signed_in: Any
) -> None:
    wrong = APIClient()
    wrong.credentials(HTTP_AUTHORIZATION="Bearer wrong")
    statuses = [wrong.get("/api/secret").status_code for _ in range(limit_of(Rate.REFUSED) + 1)]
    assert statuses == [401] * limit_of(Rate.REFUSED) + [429]
    assert signed_in(alice).get("/api/secret").status_code == 200, "strangers behind the same address lock nobody out"
    wrong.credentials(HTTP_AUTHORIZATION="Api-Key wrong")
    with CaptureQueriesContext(connection) as queries:
        assert wrong.get("/api/secret").status_code == 429
    assert not queries.captured_queries, "no key is looked up"


def test_what_left_the_window_is_not_counted_any_more(limiter: RateLimiter, clock: Traveller) -> None:
    limit = limit_of(Rate.CREDENTIALS)
    calls = [limiter.hit(Rate.CREDENTIALS, "user:1") for _ in range(limit + 1)]
    assert [verdict.allowed for verdict in calls] == [True] * limit + [False]
    assert [verdict.remaining for verdict in calls] == [*range(limit - 1, -1, -1), 0]
    assert {verdict.reset_after for verdict in calls} <= set(range(1, 61))
    _let_pass(clock, 61)
    assert limiter.hit(Rate.CREDENTIALS, "user:1").remaining == limit - 1


def _let_pass(clock: Traveller, seconds: int) -> None:
    """In this process by its clock; Redis has one of its own, so there the calls become older."""
    clock.shift(seconds)
    if (url := get_orchestrator().cache_service.url) is None:
        return
    server = Redis.from_url(url.get_secret_value(), decode_responses=True)
    for key in server.keys("*:limit*"):
        times = [f"{float(each) - seconds:.6f}" for each in server.lrange(key, 0, -1)]
        server.delete(key)
        server.rpush(key, *times)
