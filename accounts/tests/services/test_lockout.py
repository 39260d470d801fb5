"""Guessing is slowed down and stopped, for the guesser and not for the owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db import connection
from rest_framework.test import APIClient

from accounts.hashers import ConfiguredArgon2PasswordHasher
from accounts.models import LockoutCounter, User
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.tests.conftest import PASSWORD, Configure, at_once, mailed_token, sign_in, subjects
from config.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WRONG = "wrong horse battery staple"


def fail(client: APIClient, identifier: str, times: int = 1) -> Any:
    for _ in range(times):
        answer = sign_in(client, identifier, WRONG)
    return answer


def test_from_the_fifth_failure_on_each_one_doubles_the_wait(client: APIClient, alice: User) -> None:
    now = datetime.now(UTC)
    waits = []
    with time_machine.travel(now, tick=False) as clock:
        assert fail(client, alice.email, 5).status_code == 401
        for _ in range(9):
            refused = sign_in(client, alice.email)
            assert refused.status_code == 429, "even with the right password"
            waits.append(int(refused["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1]))
            assert fail(client, alice.email).status_code == 401
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_success_forgets_the_failures(client: APIClient, alice: User) -> None:
    fail(client, alice.email, 4)
    assert sign_in(client, alice.email).status_code == 200
    assert fail(client, alice.email, 4).status_code == 401
    assert sign_in(client, alice.email).status_code == 200


def test_a_stranger_s_name_is_locked_just_the_same(client: APIClient, alice: User) -> None:
    fail(client, alice.email, 5)
    fail(client, "nobody@example.org", 5)
    known, unknown = (sign_in(client, email) for email in (alice.email, "nobody@example.org"))
    assert known.status_code == unknown.status_code == 429
    assert {**known.json(), "request_id": 0} == {**unknown.json(), "request_id": 0}
    assert abs(int(known["Retry-After"]) - int(unknown["Retry-After"])) <= 2


def test_every_spelling_and_every_identifier_shares_one_counter(client: APIClient, alice: User) -> None:
    alice.phone = "+41446681800"
    alice.save()
    for identifier in ("alice@example.org", "ALICE@example.org", " Alice@Example.ORG", "+41 44 668 18 00", alice.email):
        assert fail(client, identifier).status_code == 401
    assert fail(client, alice.email).status_code == 429
    assert fail(client, "+41446681800").status_code == 429


def test_a_lock_of_one_account_leaves_the_others_alone(client: APIClient, alice: User, bob: User) -> None:
    fail(client, alice.email, 6)
    assert sign_in(client, bob.email).status_code == 200


def test_a_known_device_gets_in_while_strangers_hammer(client: APIClient, alice: User) -> None:
    device = sign_in(client, alice.email).json()["device"]
    fail(client, alice.email, 8)
    assert sign_in(client, alice.email).status_code == 429
    assert sign_in(client, alice.email, device=device).status_code == 200
    assert sign_in(client, alice.email, device="x" * 40).status_code == 429


def test_a_known_device_has_limits_of_its_own_and_is_no_key_to_others(
    client: APIClient, alice: User, bob: User
) -> None:
    device = sign_in(client, alice.email).json()["device"]
    fail(client, bob.email, 5)
    assert sign_in(client, bob.email, device=device).status_code == 429
    for _ in range(5):
        assert sign_in(client, alice.email, WRONG, device=device).status_code == 401
    assert sign_in(client, alice.email, device=device).status_code == 429
    assert sign_in(client, alice.email).status_code == 200, "the account itself was not guessed at"


def test_at_the_hard_stop_only_mail_or_staff_unlocks(client: APIClient, alice: User, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_LOCKOUT_HARD_STOP="6")
    fail(client, alice.email, 5)
    later = datetime.now(UTC) + timedelta(seconds=40)
    with time_machine.travel(later, tick=True):
        assert fail(client, alice.email).status_code == 401
    with time_machine.travel(later + timedelta(hours=2), tick=True):
        assert sign_in(client, alice.email).status_code == 429
        assert subjects(alice.email) == ["Your account is locked"]
        token = mailed_token(alice.email, "locked")
        assert client.post("/api/auth/unlock", {"token": token}).status_code == 204
        assert sign_in(client, alice.email).status_code == 200
        assert client.post("/api/auth/unlock", {"token": token}).status_code == 400


def test_a_reset_by_mail_unlocks_as_well(client: APIClient, alice: User) -> None:
    fail(client, alice.email, 6)
    client.post("/api/auth/password/forgot", {"email": alice.email})
    body = {"token": mailed_token(alice.email, "Set a new password"), "password": "a brand new battery staple"}
    assert client.post("/api/auth/password/reset", body).status_code == 204
    assert sign_in(client, alice.email, body["password"]).status_code == 200


def test_each_factor_of_an_account_is_counted_for_itself(alice: User) -> None:
    service = AccountLockoutService()
    for factor in Factor:
        for _ in range(5):
            service.charge(service.account(alice, "", factor))
        with pytest.raises(DomainError):
            service.charge(service.account(alice, "", factor))
    assert service.failures(alice, Factor.TOTP) == 5


def test_an_address_that_guesses_at_many_accounts_waits(client: APIClient, configure: Configure, alice: User) -> None:
    configure(LOUPE_AUTHENTICATION_LOCKOUT_ADDRESS_THRESHOLD="3")
    for number in range(3):
        assert fail(client, f"user{number}@example.org").status_code == 401
    assert sign_in(client, alice.email).status_code == 429
    assert AccountLockoutService().failures(alice) == 0, "who is refused for the address is not charged"
    other = APIClient(REMOTE_ADDR="192.0.2.7")
    assert sign_in(other, alice.email).status_code == 200


def test_a_header_that_anybody_can_set_does_not_choose_the_address(client: APIClient, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_LOCKOUT_ADDRESS_THRESHOLD="3")
    answers = [
        client.post(
            "/api/auth/login",
            {"identifier": f"user{number}@example.org", "password": WRONG},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_behind_our_proxy_only_what_it_wrote_counts(client: APIClient, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_LOCKOUT_ADDRESS_THRESHOLD="3", LOUPE_SECURITY_TRUSTED_PROXIES="127.0.0.1")

    def attempt(forwarded: str) -> int:
        body = {"identifier": "user@example.org", "password": WRONG}
        return client.post("/api/auth/login", body, headers={"x-forwarded-for": forwarded}).status_code

    assert [attempt(f"198.51.100.{number}, 203.0.113.9") for number in range(4)] == [401, 401, 401, 429]
    assert attempt("203.0.113.9, 203.0.113.10") == 401


def test_the_form_of_the_admin_site_shares_the_count(client: APIClient, alice: User) -> None:
    for _ in range(5):
        assert authenticate(username=alice.email, password=WRONG) is None
    assert authenticate(username=alice.email, password=PASSWORD) is None
    assert sign_in(client, alice.email).status_code == 429


def test_the_table_names_nobody(client: APIClient, alice: User) -> None:
    fail(client, alice.email)
    fail(client, "nobody@example.org")
    rows = str(list(LockoutCounter.objects.values()))
    assert "example" not in rows
    assert str(alice.pk) not in rows


@pytest.mark.django_db(transaction=True)
def test_a_count_survives_although_requests_are_transactions(
    client: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert [fail(client, alice.email).status_code for _ in range(6)] == [401, 401, 401, 401, 401, 429]


@pytest.mark.django_db(transaction=True)
def test_a_charge_inside_a_transaction_that_could_take_it_back_is_an_error(alice: User) -> None:
    from django.db import transaction

    service = AccountLockoutService()
    with pytest.raises(RuntimeError), transaction.atomic():
        service.charge(service.account(alice, "", Factor.PASSWORD))


@pytest.mark.usefixtures("parallel")
def test_of_a_hundred_parallel_guesses_the_hasher_sees_as_many_as_the_limit(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    real = ConfiguredArgon2PasswordHasher.verify

    def verify(*arguments: Any) -> bool:
        hashed.append(1)
        return real(*arguments)

    monkeypatch.setattr(ConfiguredArgon2PasswordHasher, "verify", verify)
    spellings = [alice.email, "ALICE@example.org"]
    statuses = [
        status
        for _ in range(5)
        for status in at_once(20, lambda number: sign_in(APIClient(), spellings[number % 2], WRONG).status_code)
    ]
    assert statuses.count(401) == len(hashed) == 5
    assert statuses.count(429) == 95
    assert AccountLockoutService().failures(alice) == 5


@pytest.mark.usefixtures("parallel")
def test_a_device_that_signs_in_many_times_at_once_is_not_locked_out(alice: User) -> None:
    device = sign_in(APIClient(), alice.email).json()["device"]
    at_once(4, lambda number: sign_in(APIClient(), alice.email, PASSWORD, device=device).status_code)
    assert sign_in(APIClient(), alice.email, device=device).status_code == 200
