"""What accounts leave in the trail and in the logs, and what they never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.conftest import PASSWORD, bearer, deliver, mailed_token, sign_in
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NEW = "a brand new battery staple"


def live(client: APIClient) -> list[str]:
    """Dora's account from registration to reset; gives every secret and address that came up."""
    client.post("/api/auth/register", {"email": "dora@example.org", "password": PASSWORD, "name": "Dora"})
    verify = mailed_token("dora@example.org", "Confirm")
    client.post("/api/auth/verify/email", {"token": verify})
    sign_in(client, "dora@example.org", "wrong horse battery staple")
    tokens = sign_in(client, "dora@example.org").json()
    mine = bearer(APIClient(), tokens["access"])
    mine.post("/api/auth/reauthenticate", {"password": "wrong horse battery staple"})
    mine.post("/api/auth/reauthenticate", {"password": PASSWORD})
    mine.patch("/api/auth/me", {"name": "Dora Liddell"})
    changed = mine.post("/api/auth/password/change", {"current_password": PASSWORD, "password": NEW}).json()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=20), tick=True):
        client.post("/api/auth/token/refresh", {"refresh": tokens["refresh"]})
    again = sign_in(client, "dora@example.org", NEW).json()
    bearer(APIClient(), again["access"]).post("/api/auth/logout")
    client.post("/api/auth/password/forgot", {"email": "dora@example.org"})
    reset = mailed_token("dora@example.org", "Set a new password")
    client.post("/api/auth/password/reset", {"token": reset, "password": PASSWORD + " again"})
    for _ in range(6):
        sign_in(client, "dora@example.org", "wrong horse battery staple")
    deliver()
    secrets = [tokens[name] for name in ("access", "refresh", "device")] + [changed["refresh"], again["access"]]
    return [verify, reset, PASSWORD, NEW, "wrong horse", "dora@example", "Liddell", "127.0.0.1", *secrets]


def test_each_event_of_an_account_is_in_the_trail(client: APIClient) -> None:
    live(client)
    seen = set(AuditLog.objects.values_list("action", "outcome"))
    assert {
        ("account.registered", "success"),
        ("email.verified", "success"),
        ("authentication.login", "refused"),
        ("authentication.login", "success"),
        ("authentication.reauthenticated", "refused"),
        ("authentication.reauthenticated", "success"),
        ("account.updated", "success"),
        ("password.changed", "success"),
        ("authentication.token_reused", "refused"),
        ("authentication.logout", "success"),
        ("password.reset_requested", "success"),
        ("password.reset", "success"),
    } <= seen
    reasons = "".join(AuditLog.objects.filter(outcome="refused").values_list("details", flat=True))
    assert "wrong_password" in reasons
    assert "too_many_attempts" in reasons
    user = User.objects.get()
    assert (
        AuditLog.objects.filter(action="authentication.login", outcome="success", actor=f"user:{user.pk}").count() == 2
    )


@pytest.mark.django_db(transaction=True)  # the log hears of an entry when it is committed
def test_neither_log_nor_trail_holds_a_secret_or_an_address(
    client: APIClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = live(client)
    trail = repr(list(AuditLog.objects.values()))
    logs = caplog.text + repr([record.__dict__ for record in caplog.records]) + "".join(capfd.readouterr())
    assert "authentication.login" in logs
    for secret in secrets:
        assert secret not in trail
        assert secret not in logs


def test_secrets_are_never_stored_by_a_cache(client: APIClient, alice: User) -> None:
    answers = [sign_in(client, alice.email), sign_in(client, "nobody@example.org")]
    mine = bearer(APIClient(), answers[0].json()["access"])
    answers += [mine.get("/api/auth/me"), mine.get("/api/auth/sessions"), APIClient().get("/api/auth/me")]
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
    assert not any(answer.cookies for answer in answers)
