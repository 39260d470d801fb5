"""A new password, and everything that dies of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import AuthSession, EmailChange, KnownDevice, OneTimeToken, User
from accounts.tests.conftest import PASSWORD, at_once, bearer, deliver, mailed_token, sign_in, subjects

pytestmark = pytest.mark.django_db

NEW = "a brand new battery staple"


def change(client: APIClient, current: str = PASSWORD, new: str = NEW) -> object:
    return client.post("/api/auth/password/change", {"current_password": current, "password": new})


def forgot(client: APIClient, email: str) -> int:
    return client.post("/api/auth/password/forgot", {"email": email}).status_code


def works(tokens: dict[str, str]) -> list[int]:
    return [
        bearer(APIClient(), tokens["access"]).get("/api/auth/me").status_code,
        APIClient().post("/api/auth/token/refresh", {"refresh": tokens["refresh"]}).status_code,
    ]


def test_a_change_ends_every_other_session_and_goes_on_with_new_tokens(client: APIClient, alice: User) -> None:
    mine, other = sign_in(client, alice.email).json(), sign_in(client, alice.email).json()
    answer = change(bearer(APIClient(), mine["access"]))
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert works(other) == [401, 401]
    assert bearer(APIClient(), mine["access"]).get("/api/auth/me").status_code == 401
    assert works(answer.json()) == [200, 200]  # type: ignore[attr-defined]
    assert sign_in(client, alice.email).status_code == 401
    assert sign_in(client, alice.email, NEW).status_code == 200
    assert "Your password was changed" in subjects(alice.email)


def test_of_what_was_issued_before_a_change_nothing_is_left(client: APIClient, alice: User) -> None:
    mine = sign_in(client, alice.email).json()
    sign_in(client, alice.email)
    forgot(client, alice.email)
    link = mailed_token(alice.email, "Set a new password")
    assert change(bearer(APIClient(), mine["access"])).status_code == 200  # type: ignore[attr-defined]
    assert client.post("/api/auth/password/reset", {"token": link, "password": NEW + "!"}).status_code == 400
    assert [str(each.pk) for each in AuthSession.objects.live()] == [mine["session"]]


def test_a_change_needs_the_current_password_and_counts_wrong_ones(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    mine = bearer(APIClient(), tokens["access"])
    statuses = [change(mine, "wrong horse battery staple").status_code for _ in range(6)]  # type: ignore[attr-defined]
    assert statuses == [403] * 5 + [429]
    assert sign_in(client, alice.email).status_code == 200, "a stolen session cannot lock its owner out"


def test_a_bad_new_password_changes_nothing(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    assert change(bearer(APIClient(), tokens["access"]), new="alice@example.org").status_code == 400  # type: ignore[attr-defined]
    assert works(tokens) == [200, 200]


def test_a_reset_ends_everything(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    assert forgot(client, "ALICE@example.org") == 202
    token = mailed_token(alice.email, "Set a new password")
    assert client.post("/api/auth/password/reset", {"token": token, "password": NEW}).status_code == 204
    assert works(tokens) == [401, 401]
    assert not KnownDevice.objects.exists()
    assert not OneTimeToken.objects.filter(used_at__isnull=True).exists()
    assert sign_in(client, alice.email, NEW).status_code == 200
    assert "Your password was changed" in subjects(alice.email)


def test_a_weak_password_does_not_spend_the_token(client: APIClient, alice: User) -> None:
    forgot(client, alice.email)
    token = mailed_token(alice.email, "Set a new password")
    assert client.post("/api/auth/password/reset", {"token": token, "password": "short"}).status_code == 400
    assert client.post("/api/auth/password/reset", {"token": token, "password": NEW}).status_code == 204
    assert client.post("/api/auth/password/reset", {"token": token, "password": NEW + "!"}).status_code == 400


def test_a_newer_link_makes_the_older_one_worthless(client: APIClient, alice: User) -> None:
    forgot(client, alice.email)
    old = mailed_token(alice.email, "Set a new password")
    forgot(client, alice.email)
    deliver()
    assert client.post("/api/auth/password/reset", {"token": old, "password": NEW}).status_code == 400


def test_a_link_is_good_for_half_an_hour(client: APIClient, alice: User) -> None:
    forgot(client, alice.email)
    token = mailed_token(alice.email, "Set a new password")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=True):
        assert client.post("/api/auth/password/reset", {"token": token, "password": NEW}).status_code == 400


def test_nobody_learns_who_has_an_account(client: APIClient, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert forgot(client, alice.email) == forgot(client, "nobody@example.org") == 202
    deliver()
    assert not mail.outbox


def test_mail_goes_to_the_stored_address_never_to_the_typed_one(client: APIClient, alice: User) -> None:
    forgot(client, "ALICE@EXAMPLE.ORG")
    assert forgot(client, "al\u0131ce@example.org") == 400
    deliver()
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_a_reset_link_of_a_deactivated_account_is_worthless(client: APIClient, alice: User) -> None:
    forgot(client, alice.email)
    token = mailed_token(alice.email, "Set a new password")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.post("/api/auth/password/reset", {"token": token, "password": NEW}).status_code == 400


def test_a_change_cancels_a_waiting_change_of_address(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    mine = bearer(APIClient(), tokens["access"])
    mine.post("/api/auth/email/change", {"email": "thief@example.org"})
    deliver()
    assert EmailChange.objects.exists()
    change(mine)
    assert not EmailChange.objects.exists()


@pytest.mark.usefixtures("parallel")
def test_of_parallel_resets_with_one_token_one_wins(alice: User) -> None:
    forgot(APIClient(), alice.email)
    token = mailed_token(alice.email, "Set a new password")

    def reset(number: int) -> int:
        body = {"token": token, "password": f"{NEW} {number}"}
        return APIClient().post("/api/auth/password/reset", body).status_code

    statuses = at_once(8, reset)
    assert sorted(statuses) == [204] + [400] * 7
    winner = statuses.index(204)
    assert sign_in(APIClient(), alice.email, f"{NEW} {winner}").status_code == 200
