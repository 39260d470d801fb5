"""API keys when much happens at once: limits hold, one rotation wins, and what is revoked stays dead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiKey, Scope, User
from accounts.services.api_keys import MAX_LIVE_KEYS, ApiKeyService, NewKey
from accounts.tests.conftest import at_once
from config.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
READ = [Scope.ACCOUNT_READ]
DAY = 86_400


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except DomainError as error:
        return error.code
    return "done"


@pytest.fixture
def key(alice: User) -> NewKey:
    return ApiKeyService().create(alice, "CI", READ, [], 90)


def filled(alice: User, count: int) -> None:
    now = timezone.now()
    ApiKey.objects.bulk_create(
        ApiKey(user=alice, name="x", digest=f"{number:064}", epoch=alice.epoch, expires_at=now + timedelta(days=1))
        for number in range(count)
    )


@pytest.mark.usefixtures("parallel")
def test_of_keys_made_at_once_none_passes_the_limit(alice: User) -> None:
    filled(alice, MAX_LIVE_KEYS - 3)
    outcomes = at_once(12, lambda _: outcome(lambda: ApiKeyService().create(alice, "CI", READ, [], 1)))
    assert sorted(outcomes) == ["done"] * 3 + ["too_many_api_keys"] * 9
    assert ApiKey.objects.live().filter(user=alice).count() == MAX_LIVE_KEYS


@pytest.mark.usefixtures("parallel")
def test_of_rotations_at_once_one_wins(alice: User, key: NewKey) -> None:
    outcomes = at_once(12, lambda _: outcome(lambda: ApiKeyService().rotate(alice, key.key.pk, DAY)))
    assert sorted(outcomes) == ["already_rotated"] * 11 + ["done"]
    assert ApiKey.objects.filter(user=alice).count() == 2
    assert ApiKeyService().check(key.secret, None) is not None, "it overlaps"


@pytest.mark.usefixtures("parallel")
def test_a_key_that_is_revoked_while_it_is_rotated_is_dead_and_a_late_rotation_gets_nothing(
    alice: User, key: NewKey
) -> None:
    acts = [
        lambda: ApiKeyService().revoke(alice, key.key.pk),
        lambda: ApiKeyService().rotate(alice, key.key.pk, DAY),
    ]
    revoked, rotated = at_once(2, lambda number: outcome(acts[number]))
    assert revoked == "done"
    assert ApiKeyService().check(key.secret, None) is None
    assert ApiKey.objects.live().filter(user=alice).count() == (1 if rotated == "done" else 0)


@pytest.mark.usefixtures("parallel")
def test_uses_at_once_are_written_down_and_then_none_for_a_minute(key: NewKey) -> None:
    def writes(_: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ApiKeyService().check(key.secret, None) is not None
        return sum(each["sql"].startswith("UPDATE") for each in captured)

    at_once(12, writes)
    noted = ApiKey.objects.get().last_used_at
    assert at_once(12, writes) == [0] * 12
    assert ApiKey.objects.get().last_used_at == noted


def test_a_rotated_key_is_not_rotated_again_but_its_successor_is(alice: User, key: NewKey) -> None:
    successor = ApiKeyService().rotate(alice, key.key.pk, DAY)
    assert outcome(lambda: ApiKeyService().rotate(alice, key.key.pk, DAY)) == "already_rotated"
    assert outcome(lambda: ApiKeyService().rotate(alice, successor.key.pk, DAY)) == "done"


def test_rotating_on_and_on_does_not_fill_the_table(alice: User) -> None:
    filled(alice, 2 * MAX_LIVE_KEYS)
    newest = ApiKey.objects.filter(user=alice).first()
    assert newest is not None
    assert outcome(lambda: ApiKeyService().rotate(alice, newest.pk, DAY)) == "too_many_api_keys"
