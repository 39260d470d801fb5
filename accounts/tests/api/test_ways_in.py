"""What holds for every way in alike, so that a new one cannot be weaker."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import AuthSession, EndReason, User
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.api import test_passkeys
from accounts.tests.api.test_mfa import enrol
from accounts.tests.api.test_mfa_login import finish, ticket_of, with_recovery_codes
from accounts.tests.conftest import PASSWORD, bearer, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SignedIn = Callable[[User], APIClient]


def by_password(alice: User, client: APIClient) -> Any:
    return sign_in(APIClient(), alice.email)


def by_authenticator(alice: User, client: APIClient) -> Any:
    app = enrol(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=True):  # its first code is used
        return finish(ticket_of(alice), app.code())


def by_recovery_code(alice: User, client: APIClient) -> Any:
    enrol(client)
    [code, *_] = with_recovery_codes(client)
    return finish(ticket_of(alice), code, "recovery_code")


def by_passkey(alice: User, client: APIClient) -> Any:
    passkey = SoftwarePasskey("http://localhost:8000")
    test_passkeys.register(client, passkey)
    return test_passkeys.login(passkey)


def by_proving_again(alice: User, client: APIClient) -> Any:
    return client.post("/api/auth/reauthenticate", {"password": PASSWORD})


@pytest.mark.parametrize("way", [by_password, by_authenticator, by_recovery_code, by_passkey, by_proving_again])
def test_every_way_in_gives_a_session_that_notices_a_copied_token_and_ends_with_the_account(
    way: Callable[[User, APIClient], Any], alice: User, signed_in: SignedIn
) -> None:
    answer = way(alice, signed_in(alice))
    assert answer.status_code == 200, answer.json()
    session = AuthSession.objects.get(pk=answer.json()["session"], user=alice, ended_at__isnull=True)

    def refresh(token: str) -> Any:
        return APIClient().post("/api/auth/token/refresh", {"refresh": token})

    first = answer.json()["refresh"]
    newest = refresh(refresh(first).json()["refresh"]).json()
    mine = bearer(APIClient(), newest["access"])
    assert mine.get("/api/auth/me").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert mine.get("/api/auth/me").status_code == refresh(newest["refresh"]).status_code == 401
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert refresh(first).status_code == 401, "it is two generations old"
    session.refresh_from_db()
    assert session.end_reason == EndReason.REUSED
    assert mine.get("/api/auth/me").status_code == 401


def test_one_place_alone_makes_sessions_and_tokens() -> None:
    makers = re.compile(r"AuthSession\.objects\.(bulk_create|(get_or_|update_or_)?create)\(|AccessToken\.for_session\(")
    found = {
        str(path.relative_to(ROOT))
        for app in ("accounts", "adminpanel", "audit", "config", "designsystem")
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts and makers.search(path.read_text())
    }
    assert found == {"accounts/services/session.py"}


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("register", {"email": "dora@example.org"}),
        ("login", {"identifier": "alice@example.org"}),
        ("password/reset", {"token": "x"}),
    ],
)
def test_a_megabyte_of_password_is_refused_before_anything_is_hashed(
    where: str, body: dict[str, str], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashed(*args: Any, **named: Any) -> Any:
        raise AssertionError("it came to the hasher")

    monkeypatch.setattr("accounts.hashers.ConfiguredArgon2PasswordHasher.encode", hashed)
    monkeypatch.setattr("accounts.hashers.ConfiguredArgon2PasswordHasher.verify", hashed)
    answer = APIClient().post(f"/api/auth/{where}", {**body, "password": "x" * 1_000_000})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "max_length"
