"""Signing in: one answer for whatever is wrong, and a notice where somebody should know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import AuthSession, EndReason, KnownDevice, User
from accounts.services.credentials import CredentialService
from accounts.services.session import SessionManager
from accounts.tests.conftest import PASSWORD, Configure, at_once, bearer, sign_in, subjects
from config.errors import DomainError

pytestmark = pytest.mark.django_db


def test_the_tokens_of_a_log_in_open_the_api(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    me = bearer(client, tokens["access"]).get("/api/auth/me")
    assert me.status_code == 200
    assert me.json()["email"] == alice.email
    assert "password" not in me.json()


def test_a_verified_phone_number_signs_in_too(client: APIClient, alice: User) -> None:
    alice.phone = "+41446681800"
    alice.save()
    assert sign_in(client, "+41 44 668 18 00").status_code == 200


@pytest.fixture
def refused(client: APIClient, alice: User, bob: User, charlie: User, staff: User) -> list[Any]:
    """The answers to everything that may be wrong with a log-in."""
    bob.set_unusable_password()
    bob.save()
    charlie.is_active = False
    charlie.save()
    User.objects.create_user("unverified@example.org", PASSWORD)
    attempts = [
        (alice.email, "wrong horse battery staple"),
        (bob.email, PASSWORD),
        (charlie.email, PASSWORD),
        ("unverified@example.org", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("+41446681800", PASSWORD),
        ("not an identifier", PASSWORD),
        ("alice@example.org\x00", PASSWORD),
    ]
    return [sign_in(client, *attempt) for attempt in attempts[:7]]


def test_everything_that_is_wrong_has_one_answer(refused: list[Any]) -> None:
    assert {answer.status_code for answer in refused} == {401}
    bodies = [{**answer.json(), "request_id": ""} for answer in refused]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "invalid_credentials"


def test_everything_that_is_wrong_costs_one_hash(
    client: APIClient, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.set_unusable_password()
    bob.save()
    charlie.is_active = False
    charlie.save()
    unverified = User.objects.create_user("unverified@example.org", PASSWORD).email
    sign_in(client, "nobody@example.org")  # the dummy hash is made once a process
    from accounts.hashers import ConfiguredArgon2PasswordHasher as Hasher

    calls: list[str] = []
    real = Hasher.verify

    def verify(*arguments: Any) -> bool:
        calls.append("verify")
        return real(*arguments)

    monkeypatch.setattr(Hasher, "verify", verify)
    monkeypatch.setattr(Hasher, "encode", lambda *a: calls.append("encode"))
    names = (alice.email, bob.email, charlie.email, unverified, "nobody@example.org", "not an identifier")
    for identifier in names:
        sign_in(client, identifier, "wrong horse battery staple")
    assert calls == ["verify"] * len(names)


def test_right_password_of_an_unconfirmed_address_brings_another_mail(client: APIClient) -> None:
    User.objects.create_user("dora@example.org", PASSWORD)
    assert sign_in(client, "dora@example.org").status_code == 401
    assert subjects("dora@example.org") == ["Confirm your e-mail address"]


def test_nobody_mints_tokens_for_an_account_that_may_not_sign_in(alice: User) -> None:
    from accounts.tokens import AccessToken

    alice.is_active = False
    with pytest.raises(DomainError):
        SessionManager().start(alice, ["pwd"])
    with pytest.raises(TypeError):
        AccessToken.for_user(alice)


def test_the_backend_of_the_admin_site_has_the_same_veto(alice: User) -> None:
    from django.contrib.auth import authenticate

    assert authenticate(username="ALICE@example.org", password=PASSWORD) == alice
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert authenticate(username=alice.email, password=PASSWORD) is None


def test_a_password_is_the_same_in_every_unicode_form_and_never_trimmed(client: APIClient, alice: User) -> None:
    alice.set_password(" na\u00efve caf\u00e9 au lait ")
    alice.save()
    assert sign_in(client, alice.email, " nai\u0308ve cafe\u0301 au lait ").status_code == 200
    assert sign_in(client, alice.email, "na\u00efve caf\u00e9 au lait").status_code == 401


def test_a_password_is_hashed_anew_when_the_cost_changes(client: APIClient, alice: User, configure: Configure) -> None:
    configure(LOUPE_SECURITY_ARGON2_MEMORY_KIB="128")
    assert sign_in(client, alice.email).status_code == 200
    alice.refresh_from_db()
    assert "m=128" in alice.password
    assert sign_in(client, alice.email).status_code == 200


def test_a_new_device_is_told_but_neither_the_first_nor_a_known_one(client: APIClient, alice: User) -> None:
    sign_in(client, alice.email)
    sign_in(client, alice.email)
    assert subjects(alice.email) == []
    client.post("/api/auth/login", {"identifier": alice.email, "password": PASSWORD}, headers={"user-agent": "Other"})
    assert subjects(alice.email) == ["A new device signed in"]


def test_the_oldest_session_gives_way_to_the_limit(client: APIClient, alice: User, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_SESSIONS_PER_USER="2")
    first = sign_in(client, alice.email).json()
    for _ in range(2):
        sign_in(client, alice.email)
    assert AuthSession.objects.live().filter(user=alice).count() == 2
    assert client.post("/api/auth/token/refresh", {"refresh": first["refresh"]}).status_code == 401
    assert bearer(client, first["access"]).get("/api/auth/me").status_code == 401


@pytest.mark.usefixtures("parallel")
def test_of_parallel_log_ins_no_more_sessions_are_left_than_the_limit(alice: User, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_SESSIONS_PER_USER="3")
    at_once(10, lambda number: SessionManager().start(alice, ["pwd"]))
    assert AuthSession.objects.live().filter(user=alice).count() == 3
    assert AuthSession.objects.count() == 10
    assert KnownDevice.objects.filter(user=alice).count() == 1


def test_a_log_in_takes_at_most_eight_queries_beside_the_hash(
    client: APIClient, alice: User, bob: User, configure: Configure
) -> None:
    assert statements_of(lambda: sign_in(client, bob.email)) <= 8, "the first one: a new device, a key for the trail"
    device = sign_in(client, alice.email).json()["device"]
    assert statements_of(lambda: sign_in(client, alice.email)) <= 7
    assert statements_of(lambda: sign_in(client, alice.email, device=device)) <= 7
    configure(LOUPE_AUTHENTICATION_SESSIONS_PER_USER="2")
    assert statements_of(lambda: sign_in(client, alice.email, device=device)) <= 8, (
        "one ends, in a statement of its own"
    )
    assert AuthSession.objects.live().filter(user=alice).count() == 2


def test_no_session_begins_when_the_credentials_changed_while_they_were_checked(alice: User) -> None:
    checked = User.objects.get(pk=alice.pk)
    with transaction.atomic():
        CredentialService().revoke(CredentialService().locked(alice), EndReason.CREDENTIALS_CHANGED)
    with pytest.raises(DomainError, match="cannot sign in"):
        SessionManager().start(checked, ["pwd"])
    assert not AuthSession.objects.exists()


def statements_of(log_in: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert log_in().status_code == 200
    beside = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return len([query for query in queries if not query["sql"].startswith(beside)])


def test_secrets_do_not_show_in_a_representation(alice: User) -> None:
    tokens = SessionManager().start(alice, ["pwd"])
    assert tokens.access not in repr(tokens)
    assert tokens.refresh not in repr(tokens)
