"""Enrolling and removing an authenticator app, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import AuthSession, TotpDevice, User
from accounts.services.encryption import DecryptionError
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.tests.conftest import at_once, bearer, sign_in, subjects
from accounts.tokens import AccessToken
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SignedIn = Callable[[User], APIClient]


def enrol(client: APIClient) -> AuthenticatorApp:
    """An app that counts; the client goes on with the tokens of the answer, a period later."""
    app = AuthenticatorApp.scan(client.post("/api/auth/mfa/totp").json()["uri"])
    answer = client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
    assert answer.status_code == 200, answer.json()
    bearer(client, answer.json()["access"])
    return app


def test_an_app_counts_once_a_code_of_it_came_back(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    given = client.post("/api/auth/mfa/totp")
    assert given.status_code == 201
    assert given.json()["secret"] in given.json()["uri"]
    assert ElementTree.fromstring(given.json()["qr_svg"]).tag == "{http://www.w3.org/2000/svg}svg"
    assert client.get("/api/auth/mfa").json()["methods"] == []
    app = AuthenticatorApp.scan(given.json()["uri"])
    tokens = client.post("/api/auth/mfa/totp/confirm", {"code": app.code()}).json()
    assert bearer(client, tokens["access"]).get("/api/auth/mfa").json() == {
        "needed": False,
        "methods": ["totp"],
        "recovery_codes_left": 0,
    }


def test_the_session_that_enrolled_has_proved_two_factors_and_lives_no_longer_than_one_of_two(
    alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    enrol(client)
    session = AuthSession.objects.live().get(user=alice)
    assert (session.aal, session.amr) == (2, "pwd otp")
    assert session.expires_at <= datetime.now(UTC) + timedelta(days=1)


def test_a_change_of_factors_ends_the_other_sessions_and_tells_the_user(alice: User, signed_in: SignedIn) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    enrol(here)
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert subjects(alice.email) == ["A second factor was added to your account"]
    removed = here.delete("/api/auth/mfa/totp")
    assert removed.status_code == 200
    assert here.get("/api/auth/me").status_code == 401, "the token from before is over"
    assert bearer(here, removed.json()["access"]).get("/api/auth/mfa").json()["methods"] == []
    assert subjects(alice.email)[-1] == "A second factor was removed from your account"
    assert set(AuditLog.objects.filter(action__startswith="factor").values_list("action", flat=True)) == {
        "factor.added",
        "factor.removed",
    }


def test_a_wrong_code_enrols_nothing_and_guesses_are_counted(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    app = AuthenticatorApp.scan(client.post("/api/auth/mfa/totp").json()["uri"])
    wrong = f"{(int(app.code()) + 1) % 10**6:06}"
    answers = [client.post("/api/auth/mfa/totp/confirm", {"code": wrong}) for _ in range(5)]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(400, "wrong_code")}
    assert client.post("/api/auth/mfa/totp/confirm", {"code": app.code()}).status_code == 429
    assert not TotpDevice.objects.filter(confirmed=True).exists()


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "१२३४५६"])
def test_what_is_no_code_is_refused_before_it_counts(alice: User, signed_in: SignedIn, code: str) -> None:
    client = signed_in(alice)
    client.post("/api/auth/mfa/totp")
    answer = client.post("/api/auth/mfa/totp/confirm", {"code": code})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_second_app_waits_until_the_first_is_removed(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    assert client.post("/api/auth/mfa/totp").json()["code"] == "totp_exists"


def test_a_new_secret_voids_the_one_that_was_not_confirmed(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    first = AuthenticatorApp.scan(client.post("/api/auth/mfa/totp").json()["uri"])
    enrol_again = AuthenticatorApp.scan(client.post("/api/auth/mfa/totp").json()["uri"])
    assert client.post("/api/auth/mfa/totp/confirm", {"code": first.code()}).status_code == 400
    assert client.post("/api/auth/mfa/totp/confirm", {"code": enrol_again.code()}).status_code == 200


def test_a_secret_that_was_never_confirmed_grows_old(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    app = AuthenticatorApp.scan(client.post("/api/auth/mfa/totp").json()["uri"])
    TotpDevice.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=16))
    assert client.post("/api/auth/mfa/totp/confirm", {"code": app.code()}).json()["code"] == "no_enrolment"


def test_enrolling_and_removing_need_a_recent_log_in(client: APIClient, alice: User) -> None:
    bearer(client, sign_in(client, alice.email).json()["access"])
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=299), tick=False):
        assert client.post("/api/auth/mfa/totp").status_code == 201
    AuthSession.objects.update(auth_time=datetime.now(UTC) - timedelta(seconds=301))
    session = AuthSession.objects.get(user=alice)
    bearer(client, str(AccessToken.for_session(session)))
    for method, path in (("post", "totp"), ("post", "totp/confirm"), ("delete", "totp")):
        answer = getattr(client, method)(f"/api/auth/mfa/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
        assert "/api/auth/reauthenticate" in answer.json()["detail"]


def test_a_code_is_taken_for_its_own_period_and_the_next_and_never_before(alice: User) -> None:
    device = TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    app = AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")
    with time_machine.travel(datetime(2026, 5, 1, 12, 0, 15, tzinfo=UTC), tick=False) as clock:
        code = app.code()
        clock.shift(-30)
        assert not device.verify_token(code), "not in the period before"
        clock.shift(90)
        assert not device.verify_token(code), "not two periods later"
        clock.shift(-30)
        assert device.verify_token(code)


def test_a_code_and_every_older_one_is_refused_for_as_long_as_it_could_be_taken(alice: User) -> None:
    device = TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    app = AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")
    with time_machine.travel(datetime(2026, 5, 1, 12, 0, 15, tzinfo=UTC), tick=False) as clock:
        older, code = app.code(-1), app.code()
        assert device.verify_token(code)
        assert not TotpDevice.objects.get(pk=device.pk).verify_token(code)
        assert not TotpDevice.objects.get(pk=device.pk).verify_token(older)
        clock.shift(30)
        assert not TotpDevice.objects.get(pk=device.pk).verify_token(code)
        assert TotpDevice.objects.get(pk=device.pk).verify_token(app.code())


@pytest.mark.usefixtures("parallel")
def test_of_fifty_parallel_uses_of_one_code_one_is_right(alice: User) -> None:
    made = TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    app = AuthenticatorApp.scan(f"otpauth://totp/x?secret={made.seed}&period=30&digits=6")
    device, code = TotpDevice.objects.get(pk=made.pk), app.code()
    assert at_once(50, lambda _: device.verify_token(code)).count(True) == 1


def test_a_dump_of_the_database_holds_no_seed(alice: User, signed_in: SignedIn) -> None:
    secret = signed_in(alice).post("/api/auth/mfa/totp").json()["secret"]
    assert TotpDevice.objects.get(user=alice).seed == secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_totpdevice")
        row = str([bytes(each) if isinstance(each, memoryview | bytes) else each for each in cursor.fetchone()])
    assert secret not in row
    assert "accounts_totpdevice" in connection.introspection.table_names()
    assert "otp_totp_totpdevice" not in connection.introspection.table_names(), "django-otp's own keeps keys in clear"


def test_a_seed_that_was_copied_to_another_user_s_row_opens_nothing(alice: User, bob: User) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    TotpDevice.objects.create(user=bob, name="app", seed="KRUGS4ZANFZSAYJAKRUGS4ZANFZSAYJA")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_totpdevice SET seed ="
            " (SELECT seed FROM accounts_totpdevice WHERE id <> (SELECT id FROM accounts_totpdevice"
            " ORDER BY id LIMIT 1)) WHERE id = (SELECT id FROM accounts_totpdevice ORDER BY id LIMIT 1)"
        )
    with pytest.raises(DecryptionError):
        TotpDevice.objects.order_by("id").first().verify_token("123456")
