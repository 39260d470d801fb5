"""What went wrong with second factors elsewhere, and must not here (P14, P22, P25, P26, P62 of the design notes)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey, Passkey, RecoveryCode, Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.mfa import SecondFactors, renew_recovery_codes
from accounts.services.mfa_login import MfaLoginService
from accounts.services.passkeys import PasskeyService
from accounts.services.recovery_codes import RecoveryCodes
from accounts.services.session import SessionManager
from accounts.services.totp import TotpService
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.api.test_mfa import enrol
from accounts.tests.api.test_mfa_login import finish, ticket_of, with_recovery_codes
from accounts.tests.api.test_passkeys import register
from accounts.tests.conftest import bearer, sign_in, subjects
from config.errors import DomainError

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], APIClient]


@pytest.mark.parametrize(("method", "wrong"), [("totp", "000000"), ("recovery_code", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA")])
def test_every_kind_of_code_locks_and_no_other_with_it(
    alice: User, signed_in: SignedIn, method: str, wrong: str
) -> None:
    client = signed_in(alice)
    app = enrol(client)
    codes = with_recovery_codes(client)
    TotpDevice.objects.update(last_step=-1)  # as if the period of the enrolment were over
    ticket = ticket_of(alice)
    assert [finish(ticket, wrong, method).status_code for _ in range(5)] == [401] * 5
    right = {"totp": app.code(), "recovery_code": codes[0]}
    locked = finish(ticket_of(alice), right[method], method)
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    (other,) = right.keys() - {method}
    assert finish(ticket_of(alice), right[other], other).status_code == 200


def test_a_recovery_code_stands_in_for_the_second_factor_and_for_nothing_else(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    code = with_recovery_codes(client)[0]
    reset = APIClient().post("/api/auth/password/reset", {"token": code, "password": "a brand new battery staple"})
    assert reset.status_code == 400
    inside = bearer(APIClient(), finish(ticket_of(alice), code, "recovery_code").json()["access"])
    found = inside.get("/api/auth/mfa").json()
    assert (found["methods"], found["recovery_codes_left"]) == (["totp", "recovery_code"], 9)


def test_recovery_codes_alone_are_no_second_factor(alice: User) -> None:
    with transaction.atomic():
        codes = RecoveryCodes().renew(alice)
    assert SecondFactors().methods_of(User.objects.get(pk=alice.pk)) == []
    assert "access" in sign_in(APIClient(), alice.email).json()
    assert RecoveryCodes().left(alice) == len(codes)


def test_no_factor_is_added_while_the_address_is_not_confirmed(alice: User) -> None:
    session = SessionManager().start(alice, ["pwd"]).session
    alice.email_verified_at = None
    alice.save()
    acts: list[Callable[[], object]] = [
        lambda: TotpService().enrol(alice),
        lambda: PasskeyService().begin_registration(alice, session),
    ]
    for act in acts:
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == "email_not_verified"
    assert not TotpDevice.objects.exists()


def _new_codes(client: APIClient) -> Any:
    return client.post("/api/auth/mfa/recovery-codes").json()["tokens"]


def _no_passkey(client: APIClient) -> Any:
    return client.delete(f"/api/auth/mfa/passkeys/{Passkey.objects.get().pk}").json()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_new_codes, "New recovery codes for your account"),
        (_no_passkey, "A second factor was removed from your account"),
    ],
)
def test_every_change_of_factors_ends_the_other_sessions_and_is_told(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey, change: Callable[[APIClient], Any], told: str
) -> None:
    here = signed_in(alice)
    register(here, passkey)
    elsewhere = signed_in(User.objects.get(pk=alice.pk))
    assert elsewhere.get("/api/auth/me").status_code == 200
    tokens = change(here)
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert bearer(here, tokens["access"]).get("/api/auth/me").status_code == 200
    assert subjects(alice.email)[-1] == told


def test_nothing_that_holds_a_secret_shows_it_when_it_is_printed(alice: User) -> None:
    enrolment = TotpService().enrol(alice)
    TotpDevice.objects.update(confirmed=True)
    session = SessionManager().start(alice, ["pwd", "otp"], aal=2).session
    made = renew_recovery_codes(alice, session)
    alice.refresh_from_db()
    key = ApiKeyService().create(alice, "CI", [Scope.ACCOUNT_READ], [], 1)
    asked = MfaLoginService().ask(alice, SecondFactors().methods_of(alice), None)
    secrets = [enrolment.secret, enrolment.uri, *made.codes, made.tokens.access, key.secret, asked.ticket]
    rows = [*ApiKey.objects.all(), *TotpDevice.objects.all(), *RecoveryCode.objects.all()]
    printed = [f"{each!r} {each!s}" for each in (enrolment, made, key, asked, *rows)]
    assert not [secret for secret in secrets for text in printed if secret in text]
    assert key.key.digest not in " ".join(printed)


def test_who_may_not_sign_in_does_not_by_the_second_half_either(alice: User, signed_in: SignedIn) -> None:
    app = enrol(signed_in(alice))
    TotpDevice.objects.update(last_step=-1)
    ticket = ticket_of(alice)
    User.objects.filter(pk=alice.pk).update(email_verified_at=None)
    assert finish(ticket, app.code()).json()["code"] == "account_unusable"
    User.objects.filter(pk=alice.pk).update(email_verified_at=timezone.now(), is_active=False)
    assert finish(ticket, app.code()).json()["code"] == "ticket_not_valid"
