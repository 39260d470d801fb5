"""Signing in with a second factor: the ticket, the codes, and what ends them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import AuthSession, OneTimeToken, RecoveryCode, TotpDevice, User
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.tests.api.test_mfa import enrol
from accounts.tests.conftest import PASSWORD, at_once, bearer, deliver, mailed_token, sign_in, subjects
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SignedIn = Callable[[User], APIClient]


@pytest.fixture
def app(alice: User) -> AuthenticatorApp:
    """Alice's authenticator app, of which no code was used yet."""
    device = TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    return AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")


def ticket_of(user: User, **more: str) -> str:
    answer = sign_in(APIClient(), user.email, **more)
    assert answer.json()["mfa_required"] is True
    return str(answer.json()["ticket"])


def finish(ticket: str, code: str, method: str = "totp", **headers: str) -> Any:
    return APIClient().post("/api/auth/login/mfa", {"ticket": ticket, "method": method, "code": code}, headers=headers)


def wrong(app: AuthenticatorApp) -> str:
    return f"{(int(app.code()) + 1) % 10**6:06}"


def with_recovery_codes(client: APIClient) -> list[str]:
    answer = client.post("/api/auth/mfa/recovery-codes")
    assert answer.status_code == 201, answer.json()
    bearer(client, answer.json()["tokens"]["access"])
    return list(answer.json()["codes"])


def test_the_password_alone_gives_a_ticket_and_no_session(alice: User, app: AuthenticatorApp) -> None:
    answer = sign_in(APIClient(), alice.email).json()
    assert answer.keys() == {"mfa_required", "ticket", "methods", "expires_in"}
    assert (answer["methods"], answer["expires_in"]) == (["totp"], 300)
    assert not AuthSession.objects.filter(user=alice).exists()
    assert bearer(APIClient(), answer["ticket"]).get("/api/auth/me").status_code == 401
    assert answer["ticket"] not in str(list(OneTimeToken.objects.values("digest", "purpose")))


def test_ticket_and_code_give_a_session_of_two_factors(alice: User, app: AuthenticatorApp) -> None:
    answer = finish(ticket_of(alice), app.code())
    assert answer.status_code == 200
    session = AuthSession.objects.get(user=alice)
    assert (session.aal, session.methods) == (2, ["pwd", "otp"])
    assert session.expires_at <= datetime.now(UTC) + timedelta(days=1)
    assert bearer(APIClient(), answer.json()["access"]).get("/api/auth/sessions").json()["results"][0]["aal"] == 2


def test_a_ticket_and_a_code_work_once(alice: User, app: AuthenticatorApp) -> None:
    ticket, other, code = ticket_of(alice), ticket_of(alice), app.code()
    assert finish(ticket, code).status_code == 200
    assert finish(ticket, code).json()["code"] == "ticket_not_valid"
    assert finish(other, code).json()["code"] == "wrong_code"


def test_a_ticket_has_five_tries_and_the_user_hears_of_them(alice: User, app: AuthenticatorApp) -> None:
    ticket = ticket_of(alice)
    assert [finish(ticket, wrong(app)).json()["code"] for _ in range(5)] == ["wrong_code"] * 5
    assert finish(ticket, app.code()).json()["code"] == "ticket_not_valid"
    assert subjects(alice.email) == ["Somebody knows your password but not your second factor"]


def test_a_lockout_kills_every_ticket_and_a_new_one_waits_too(alice: User, app: AuthenticatorApp) -> None:
    spare, ticket = ticket_of(alice), ticket_of(alice)
    for _ in range(5):
        finish(ticket, wrong(app))
    answer = finish(spare, app.code())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=40), tick=True):
        assert finish(spare, app.code()).json()["code"] == "ticket_not_valid", "the password is needed again"
        assert finish(ticket_of(alice), app.code()).status_code == 200


def test_codes_and_password_have_counters_of_their_own(alice: User, app: AuthenticatorApp) -> None:
    ticket = ticket_of(alice)
    for _ in range(5):
        finish(ticket, wrong(app))
    assert sign_in(APIClient(), alice.email).status_code == 200


def test_a_device_that_proved_itself_is_not_locked_out_by_who_knows_the_password(
    alice: User, app: AuthenticatorApp
) -> None:
    device = finish(ticket_of(alice), app.code()).json()["device"]
    ticket = ticket_of(alice)
    for _ in range(5):
        finish(ticket, wrong(app))
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=20), tick=True):
        assert finish(ticket_of(alice), app.code(1)).status_code == 429
        assert finish(ticket_of(alice, device=device), app.code(1)).status_code in (200, 401)


def test_a_ticket_is_void_when_its_time_is_over(alice: User, app: AuthenticatorApp) -> None:
    ticket = ticket_of(alice)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301), tick=True):
        assert finish(ticket, app.code()).json()["code"] == "ticket_not_valid"


def test_a_ticket_is_void_elsewhere_and_in_a_deactivated_account(alice: User, app: AuthenticatorApp) -> None:
    ticket = ticket_of(alice)
    assert finish(ticket, app.code(), **{"user-agent": "another program"}).json()["code"] == "ticket_not_valid"
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert finish(ticket, app.code()).json()["code"] == "ticket_not_valid"


def test_a_new_password_voids_the_ticket_and_leaves_the_factor(alice: User, app: AuthenticatorApp) -> None:
    ticket = ticket_of(alice)
    APIClient().post("/api/auth/password/forgot", {"email": alice.email})
    body = {"token": mailed_token(alice.email, "Set a new password"), "password": "a brand new battery staple"}
    assert APIClient().post("/api/auth/password/reset", body).status_code == 204
    assert finish(ticket, app.code()).json()["code"] == "ticket_not_valid"
    assert "ticket" in sign_in(APIClient(), alice.email, body["password"]).json()


def test_other_one_time_tokens_are_no_tickets(alice: User, app: AuthenticatorApp) -> None:
    APIClient().post("/api/auth/password/forgot", {"email": alice.email})
    token = mailed_token(alice.email, "Set a new password")
    assert finish(token, app.code()).json()["code"] == "ticket_not_valid"
    body = {"token": ticket_of(alice), "password": "a brand new battery staple"}
    assert APIClient().post("/api/auth/password/reset", body).status_code == 400


@pytest.mark.usefixtures("parallel")
def test_of_fifty_parallel_log_ins_with_one_code_one_gets_a_session(alice: User, app: AuthenticatorApp) -> None:
    tickets, code = [ticket_of(alice) for _ in range(50)], app.code()
    statuses = at_once(50, lambda number: finish(tickets[number], code).status_code)
    assert statuses.count(200) == 1
    assert AuthSession.objects.filter(user=alice).count() == 1


@pytest.mark.usefixtures("parallel")
def test_of_fifty_parallel_wrong_codes_five_are_looked_at(alice: User, app: AuthenticatorApp) -> None:
    tickets, code = [ticket_of(alice) for _ in range(50)], wrong(app)
    at_once(50, lambda number: finish(tickets[number], code).status_code)
    assert AuditLog.objects.filter(action="factor.used", outcome="refused").count() == 5


def test_recovery_codes_stand_in_once_each(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    codes = with_recovery_codes(client)
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * 5 >= 112 for code in codes)
    assert finish(ticket_of(alice), codes[0].lower().replace("-", " "), "recovery_code").status_code == 200
    assert finish(ticket_of(alice), codes[0], "recovery_code").json()["code"] == "wrong_code"
    assert finish(ticket_of(alice), codes[1], "recovery_code").status_code == 200
    deliver()
    assert subjects(alice.email).count("A recovery code of your account was used") == 2


def test_a_new_set_of_recovery_codes_voids_the_old_one(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    old, new = with_recovery_codes(client), with_recovery_codes(client)
    assert finish(ticket_of(alice), old[0], "recovery_code").status_code == 401
    assert finish(ticket_of(alice), new[0], "recovery_code").status_code == 200
    assert client.get("/api/auth/mfa").json()["recovery_codes_left"] == 9


def test_a_recovery_code_is_nobody_else_s(alice: User, bob: User, signed_in: SignedIn) -> None:
    clients = {user: signed_in(user) for user in (alice, bob)}
    codes = {}
    for user, client in clients.items():
        enrol(client)
        codes[user] = with_recovery_codes(client)
    assert finish(ticket_of(alice), codes[bob][0], "recovery_code").json()["code"] == "wrong_code"


def test_recovery_codes_go_with_the_last_factor(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    with_recovery_codes(client)
    client.delete("/api/auth/mfa/totp")
    assert not RecoveryCode.objects.filter(user=alice).exists()
    assert "access" in sign_in(APIClient(), alice.email).json()


def test_a_dump_of_the_database_holds_no_usable_code(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    codes = with_recovery_codes(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_recoverycode")
        rows = str(cursor.fetchall())
    plain = [code.replace("-", "").encode() for code in codes]
    readable = [base64.b64encode(code) for code in plain] + [code.hex().encode() for code in plain] + plain
    assert not any(each.decode() in rows for each in [*readable, *(code.encode() for code in codes)])


@pytest.mark.usefixtures("parallel")
def test_of_fifty_parallel_uses_of_a_recovery_code_one_gets_in(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    code = with_recovery_codes(client)[0]
    tickets = [ticket_of(alice) for _ in range(50)]
    statuses = at_once(50, lambda number: finish(tickets[number], code, "recovery_code").status_code)
    assert statuses.count(200) == 1


def test_proving_again_takes_the_second_factor_as_well(alice: User, app: AuthenticatorApp) -> None:
    with time_machine.travel(datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC), tick=False) as clock:
        client = bearer(APIClient(), finish(ticket_of(alice), app.code()).json()["access"])
        clock.shift(60)
        refused = client.post("/api/auth/reauthenticate", {"password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        assert "totp" in refused.json()["detail"]
        body = {"password": PASSWORD, "method": "totp", "code": wrong(app)}
        assert client.post("/api/auth/reauthenticate", body).json()["code"] == "wrong_code"
        assert client.post("/api/auth/reauthenticate", {**body, "code": app.code()}).status_code == 200
