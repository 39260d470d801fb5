"""Staff take the second factors of somebody who lost theirs: nothing of before works, and the password alone enrols."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiKey, Passkey, RecoveryCode, Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.mfa import Method, SecondFactors
from accounts.services.recovery_codes import RecoveryCodes
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.tests.conftest import bearer, mailed_token, sign_in, subjects
from adminpanel.services.user_administration import UserAdministration
from adminpanel.tests.conftest import with_role
from audit.models import AuditLog
from config.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
REASON = "ticket 4711"
SHORT = "x9!Kq2#m"


@pytest.fixture
def security(staff: User) -> User:
    return with_role(staff, "security")


@pytest.fixture
def app(alice: User) -> AuthenticatorApp:
    """Alice's; she has a passkey and recovery codes as well."""
    device = TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    Passkey.objects.create(user=alice, credential_id="aaaa", public_key=b"", synced=False, name="Laptop")
    RecoveryCodes().renew(alice)
    return AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")


def test_every_factor_is_gone_and_nothing_issued_before_works(
    security: User, alice: User, app: AuthenticatorApp, client: APIClient, signed_in: Callable[[User], APIClient]
) -> None:
    here, ticket = signed_in(alice), sign_in(client, alice.email).json()["ticket"]
    key = ApiKeyService().create(alice, "CI", [Scope.ACCOUNT_READ], [], 1).secret
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert SecondFactors().methods_of(User.objects.get(pk=alice.pk)) == []
    assert not TotpDevice.objects.exists()
    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert here.get("/api/auth/me").status_code == 401
    finish = client.post("/api/auth/login/mfa", {"ticket": ticket, "method": "totp", "code": app.code()})
    assert finish.json()["code"] == "ticket_not_valid"
    assert ApiKeyService().check(key, None) is None
    assert ApiKey.objects.count() == 1
    assert "access" in sign_in(client, alice.email).json(), "the password stays"


def test_the_person_is_told_and_the_trail_says_who_and_why(security: User, alice: User, app: AuthenticatorApp) -> None:
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert subjects(alice.email)[-1] == "Your second factors were reset"
    entry = AuditLog.objects.get(action="factor.reset")
    assert (entry.actor, entry.target) == (f"user:{security.pk}", f"user:{alice.pk}")
    assert json.loads(entry.details) == {"factor": ["totp", "passkey", "recovery_code"], "reason": REASON}


def test_a_short_password_goes_with_the_factors(
    security: User, alice: User, app: AuthenticatorApp, client: APIClient
) -> None:
    alice.set_password(SHORT)
    alice.save()
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert sign_in(client, alice.email, SHORT).status_code == 401
    told = subjects(alice.email)
    assert sorted(told[-2:]) == ["Set a new password", "Your second factors were reset"]
    forced = AuditLog.objects.get(action="password.reset_forced")
    assert (forced.actor, forced.target) == (f"user:{security.pk}", f"user:{alice.pk}")
    token = mailed_token(alice.email, "Set a new password")
    refused = client.post("/api/auth/password/reset", {"token": token, "password": SHORT})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "password_too_short")
    long = "a brand new battery staple"
    assert client.post("/api/auth/password/reset", {"token": token, "password": long}).status_code == 204
    assert "access" in sign_in(client, alice.email, long).json()
    assert not User.objects.get(pk=alice.pk).password_needs_second_factor


def test_a_long_password_is_not_forced_to_change(security: User, alice: User, app: AuthenticatorApp) -> None:
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert "Set a new password" not in subjects(alice.email)
    assert not AuditLog.objects.filter(action="password.reset_forced").exists()


def test_a_forced_reset_leaves_no_mark_of_a_short_password(security: User, alice: User) -> None:
    alice.set_password(SHORT)
    alice.save()
    UserAdministration().force_password_reset(security, alice.pk, REASON)
    assert not User.objects.get(pk=alice.pk).password_needs_second_factor


def test_staff_whose_factors_were_reset_can_only_enrol(security: User, alice: User, app: AuthenticatorApp) -> None:
    with_role(alice, "auditor")
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    again = bearer(APIClient(), sign_in(APIClient(), alice.email).json()["access"])
    assert again.get("/api/auth/sessions").json()["code"] == "second_factor_needed"
    assert again.post("/api/auth/mfa/totp").status_code == 201


def test_a_factor_that_is_bound_anew_begins_with_no_failures(
    security: User, alice: User, app: AuthenticatorApp
) -> None:
    factors, lockout = SecondFactors(), AccountLockoutService()
    factors.verify(alice, Method.TOTP, "000000", factors.subject(alice, Method.TOTP))
    lockout.charge(lockout.account(alice, "", Factor.PASSWORD))
    UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert (lockout.failures(alice, Factor.TOTP), lockout.failures(alice, Factor.PASSWORD)) == (0, 1)


def test_where_there_is_nothing_to_reset_nothing_happens(
    security: User, alice: User, signed_in: Callable[[User], APIClient]
) -> None:
    here = signed_in(alice)
    with pytest.raises(DomainError, match="no second factor"):
        UserAdministration().reset_mfa(security, alice.pk, REASON)
    assert here.get("/api/auth/me").status_code == 200
    assert not AuditLog.objects.filter(action="factor.reset").exists()


def test_nobody_resets_their_own_factors_or_those_of_who_has_more_rights(
    security: User, alice: User, app: AuthenticatorApp
) -> None:
    for person, code in ((security, "acts_on_self"), (with_role(alice, "owner"), "outranked")):
        with pytest.raises(DomainError) as caught:
            UserAdministration().reset_mfa(security, person.pk, REASON)
        assert caught.value.code == code
    assert TotpDevice.objects.filter(user=alice).exists()
