"""The check of every request: one round trip to the cache, the database behind it, closed when neither answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import credential_cache
from accounts.models import AuthSession, EndReason, User
from accounts.services import credential_state
from accounts.services.session import SessionManager, Tokens
from accounts.tests.conftest import bearer
from config.orchestrator import get_orchestrator

pytestmark = pytest.mark.django_db


class CountingCache(LocMemCache):
    """A cache that others see, as far as this process can tell, and that counts the round trips."""

    def __init__(self) -> None:
        super().__init__("credentials", {})
        self.calls: list[str] = []
        self.away = False

    def _asked(self, what: str) -> None:
        self.calls.append(what)
        if self.away:
            raise ConnectionError("the cache is away")

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        self._asked("get_many")
        return super().get_many(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        self._asked("add")
        return super().add(*args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        self._asked("set_many")
        return super().set_many(*args, **kwargs)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingCache]:
    shared = CountingCache()
    shared.clear()
    monkeypatch.setattr(credential_cache, "credential_cache", lambda: shared)
    yield shared
    shared.clear()


def check(tokens: Tokens, alice: User, cache: Any) -> User | None:
    return credential_state.CredentialState(cache).user_of(str(alice.pk), str(tokens.session), alice.epoch)


@pytest.fixture
def tokens(alice: User) -> Tokens:
    return SessionManager().start(alice, ["pwd"])


def test_the_second_request_asks_the_cache_once_and_the_database_never(
    tokens: Tokens, alice: User, cache: CountingCache
) -> None:
    assert check(tokens, alice, cache) == alice
    cache.calls.clear()
    with CaptureQueriesContext(connection) as queries:
        user = check(tokens, alice, cache)
        assert user is not None
        assert user.email == alice.email
    assert cache.calls == ["get_many"]
    assert not queries.captured_queries


def test_the_cache_holds_neither_an_address_nor_the_hash_of_the_password(
    tokens: Tokens, alice: User, cache: CountingCache
) -> None:
    check(tokens, alice, cache)
    stored = repr(cache._cache)  # type: ignore[attr-defined]
    assert "credential" in stored
    assert "alice" not in stored
    assert "argon2" not in stored
    assert alice.password not in stored


@pytest.mark.parametrize("event", ["save", "update", "delete", "end"])
def test_a_change_is_heard_by_the_next_request(tokens: Tokens, alice: User, cache: CountingCache, event: str) -> None:
    assert check(tokens, alice, cache)
    if event == "save":
        alice.is_active = False
        alice.save()
    elif event == "update":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif event == "delete":
        User.objects.get(pk=alice.pk).delete()
    else:
        SessionManager().end([AuthSession.objects.get()], EndReason.LOGOUT)
    assert check(tokens, alice, cache) is None


def test_whoever_read_the_old_row_cannot_bring_it_back(tokens: Tokens, alice: User, cache: CountingCache) -> None:
    old = AuthSession.objects.select_related("user").get()
    alice.is_active = False
    alice.save()
    state = credential_state.CredentialState(cache)
    state._fill(old.user, old.pk, old.expires_at)
    assert check(tokens, alice, cache) is None


def test_another_user_s_session_is_not_one_s_own(tokens: Tokens, alice: User, bob: User, cache: CountingCache) -> None:
    other = SessionManager().start(bob, ["pwd"])
    check(tokens, alice, cache)
    state = credential_state.CredentialState(cache)
    assert state.user_of(str(bob.pk), str(tokens.session), bob.epoch) is None
    assert state.user_of(str(bob.pk), str(other.session), bob.epoch) == bob
    assert state.user_of(str(bob.pk), str(tokens.session), bob.epoch) is None, "with both in the cache as well"


def test_while_the_cache_is_away_the_database_answers(tokens: Tokens, alice: User, cache: CountingCache) -> None:
    check(tokens, alice, cache)
    cache.away = True
    assert check(tokens, alice, cache) == alice
    AuthSession.objects.update(ended_at=alice.created_at)
    assert check(tokens, alice, cache) is None


def test_when_neither_answers_nobody_comes_in(
    tokens: Tokens, alice: User, cache: CountingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise DatabaseError("the database is away")

    monkeypatch.setattr("django.db.models.query.QuerySet.__iter__", broken)
    answer = bearer(APIClient(), tokens.access).get("/api/auth/me")
    if "REDIS_URL" in os.environ:
        caches["default"].clear()
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_who_am_i_takes_one_query_at_most(tokens: Tokens, alice: User) -> None:
    mine = bearer(APIClient(), tokens.access)
    mine.get("/api/auth/me")
    with CaptureQueriesContext(connection) as queries:
        assert mine.get("/api/auth/me").status_code == 200
    assert len(queries) <= 1


def test_credential_and_limit_take_one_round_trip_together(
    tokens: Tokens, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not get_orchestrator().cache_service.shared:
        pytest.skip("REDIS_URL is missing: Redis is not asked")
    mine = bearer(APIClient(), tokens.access)
    mine.get("/api/auth/me")
    sent: list[object] = []
    send = redis.Connection.send_packed_command

    def counted(sender: redis.Connection, command: object, *args: Any, **named: Any) -> Any:
        sent.append(command)
        return send(sender, command, *args, **named)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(redis.Connection, "send_packed_command", counted)
    with CaptureQueriesContext(connection) as queries:
        answer = mine.get("/api/auth/me")
    assert answer.status_code == 200
    assert answer["RateLimit"].startswith('"read";r=')
    assert len(sent) == 1
    assert not queries.captured_queries
