"""Proving again who one is by a passkey: for one's own session, once, and at the level of two factors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthSession, User
from accounts.services.session import PASSWORD as BY_PASSWORD
from accounts.services.session import SessionManager
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.api.test_passkeys import register
from accounts.tests.conftest import PASSWORD, at_once, bearer
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
URL = "/api/auth/reauthenticate"

SignedIn = Callable[[User], APIClient]


def begun(client: APIClient) -> Any:
    answer = client.post(f"{URL}/passkey/options")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def proved(client: APIClient, passkey: SoftwarePasskey) -> Any:
    asked = begun(client)
    return client.post(URL, {"ceremony": asked["ceremony"], "credential": passkey.get(asked["public_key"])})


@pytest.fixture
def holder(alice: User, signed_in: SignedIn, passkey: SoftwarePasskey) -> APIClient:
    """Alice, signed in ten minutes ago by password; a passkey of hers is registered."""
    register(signed_in(alice), passkey)
    alice.refresh_from_db()
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        tokens = SessionManager().start(alice, [BY_PASSWORD])
    return bearer(APIClient(), SessionManager().refresh(tokens.refresh).access)


def test_a_passkey_gives_a_fresh_login_at_the_level_of_two_factors(
    holder: APIClient,
    passkey: SoftwarePasskey,
) -> None:
    assert holder.post("/api/auth/mfa/totp").json()["code"] == "reauthentication_required"
    answer = proved(holder, passkey)
    assert answer.status_code == 200, answer.json()
    bearer(holder, answer.json()["access"])
    assert holder.post("/api/auth/mfa/totp").status_code == 201
    session = AuthSession.objects.get(pk=answer.json()["session"])
    assert (session.aal, session.methods) == (2, ["pwd", "hwk", "user"])
    entry = AuditLog.objects.get(action="authentication.reauthenticated", outcome="success")
    assert (entry.target, entry.method) == (f"authsession:{session.pk}", "hwk user")


def test_the_browser_is_asked_for_the_passkeys_of_the_account_and_no_others(
    holder: APIClient,
    bob: User,
    signed_in: SignedIn,
    passkey: SoftwarePasskey,
) -> None:
    bobs = SoftwarePasskey(passkey.origin)
    register(signed_in(bob), bobs)
    (allowed,) = begun(holder)["public_key"]["allowCredentials"]
    assert allowed["id"] == passkey.get({"challenge": "", "rpId": ""})["id"]
    assert proved(holder, bobs).json()["code"] == "passkey_refused"


def test_one_answer_is_taken_and_only_for_the_session_and_purpose_it_was_asked_for(
    holder: APIClient,
    alice: User,
    signed_in: SignedIn,
    passkey: SoftwarePasskey,
) -> None:
    asked = begun(holder)
    body = {"ceremony": asked["ceremony"], "credential": passkey.get(asked["public_key"])}
    assert signed_in(alice).post(URL, body).json()["code"] == "ceremony_not_open"
    assert APIClient().post("/api/auth/login/passkey", body).json()["code"] == "ceremony_not_open"
    fresh = bearer(APIClient(), proved(holder, passkey).json()["access"])
    registering = fresh.post("/api/auth/mfa/passkeys/options").json()["ceremony"]
    assert fresh.post(URL, {**body, "ceremony": registering}).json()["code"] == "ceremony_not_open"
    body["credential"] = passkey.get(asked["public_key"])
    assert fresh.post(URL, body).status_code == 200
    assert fresh.post(URL, body).json()["code"] == "ceremony_not_open"


@pytest.mark.usefixtures("parallel")
def test_of_parallel_answers_to_one_ceremony_one_is_taken(
    holder: APIClient,
    passkey: SoftwarePasskey,
) -> None:
    asked = begun(holder)
    body = {"ceremony": asked["ceremony"], "credential": passkey.get(asked["public_key"])}
    statuses = at_once(20, lambda _: holder.post(URL, body).status_code)
    assert statuses.count(200) == 1


def test_who_has_no_passkey_is_told_what_to_do(alice: User, signed_in: SignedIn) -> None:
    answer = signed_in(alice).post(f"{URL}/passkey/options")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_passkey")
    assert "password" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"method": "totp", "code": "123456"},
        {"ceremony": "00000000-0000-4000-8000-000000000000"},
        {"credential": {}},
        {"password": PASSWORD, "ceremony": "00000000-0000-4000-8000-000000000000", "credential": {}},
    ],
)
def test_it_takes_a_password_or_a_passkey_and_no_half_of_either(
    alice: User, signed_in: SignedIn, body: dict[str, Any]
) -> None:
    answer = signed_in(alice).post(URL, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "one_of_two")
