"""Two different acts at once: what ends every credential, and what was let in just before it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import pyotp
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import ApiKey, AuthSession, EmailChange, EndReason, Purpose, RecoveryCode, Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.credentials import CredentialService
from accounts.services.email_change import EmailChangeService
from accounts.services.gdpr_restriction import RestrictionService
from accounts.services.login import AuthService
from accounts.services.mfa import Method, renew_recovery_codes
from accounts.services.mfa_login import MfaLoginService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.password import PasswordService
from accounts.services.phone import PhoneService
from accounts.services.profile import ProfileService
from accounts.services.reauthentication import ReauthenticationService
from accounts.services.registration import RegistrationService
from accounts.services.session import SessionManager
from accounts.services.totp import TotpService
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.tests.conftest import PASSWORD
from config.errors import DomainError
from config.testing import until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db

NEW = "a brand new battery staple"
NUMBER = "+41446681800"
READ = [Scope.ACCOUNT_READ]


def revoke(user: User, *, keep: UUID | None = None) -> None:
    """What a new password, a reset, a suspension and all their like do."""
    service = CredentialService()
    with transaction.atomic():
        held = service.locked(user)
        session = held.auth_sessions.get(pk=keep) if keep else None
        service.revoke(held, EndReason.CREDENTIALS_CHANGED, keep=session)


def _new_password(user: User, session: UUID) -> None:
    PasswordService().change(user, session, PASSWORD, NEW)


def _proof(user: User, session: UUID) -> None:
    ReauthenticationService().with_password(user, session, PASSWORD)


def _new_app(user: User, session: UUID) -> None:
    TotpService().enrol(user)


def _app_confirmed(user: User, session: UUID) -> None:
    TotpDevice.objects.create(user=user, name="app", seed=SEED, confirmed=False)
    TotpService().confirm(user, session, AuthenticatorApp(pyotp.TOTP(SEED)).code())


def _recovery_codes(user: User, session: UUID) -> None:
    renew_recovery_codes(user, session)


def _api_key(user: User, session: UUID) -> None:
    ApiKeyService().create(user, "CI", READ, [], 1)


def _number(user: User, session: UUID) -> None:
    code = OneTimeTokens().issue_code(user, Purpose.VERIFY_PHONE, 600, NUMBER)
    PhoneService().confirm(user, code)


def _name(user: User, session: UUID) -> None:
    ProfileService().rename(user, "Mallory")


def _restriction(user: User, session: UUID) -> None:
    RestrictionService().restrict(user)


ACTS = [
    _new_password,
    _proof,
    _new_app,
    _app_confirmed,
    _recovery_codes,
    _api_key,
    _number,
    _name,
    _restriction,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
@pytest.mark.parametrize("ended", ["session", "epoch", "account"])
def test_what_was_let_in_before_the_credentials_ended_changes_nothing(
    alice: User, act: Callable[[User, UUID], None], ended: str
) -> None:
    session = SessionManager().start(alice, ["pwd"]).session
    let_in = User.objects.get(pk=alice.pk)  # the user as the request came in with
    if ended == "account":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        revoke(alice, keep=session if ended == "epoch" else None)
    with pytest.raises(DomainError) as refused:
        act(let_in, session)
    assert refused.value.code == "token_not_valid"
    found = User.objects.get(pk=alice.pk)
    assert found.check_password(PASSWORD)
    assert (found.name, found.phone, found.restricted_at) == (alice.name, None, None)
    assert not ApiKey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not TotpDevice.objects.filter(confirmed=True).exists()


@pytest.mark.parametrize("act", [_new_password, _proof, _app_confirmed, _recovery_codes], ids=lambda act: act.__name__)
@pytest.mark.parametrize("how", ["ended", "out of time"])
def test_what_a_session_does_that_alone_has_ended_meanwhile_changes_nothing(
    alice: User, act: Callable[[User, UUID], None], how: str
) -> None:
    session = SessionManager().start(alice, ["pwd"]).session
    now = timezone.now()
    proved = AuthSession.objects.get(pk=session).auth_time
    AuthSession.objects.filter(pk=session).update(**{"ended_at" if how == "ended" else "idle_expires_at": now})
    with pytest.raises(DomainError) as refused:
        act(User.objects.get(pk=alice.pk), session)
    assert refused.value.code == "token_not_valid"
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    assert AuthSession.objects.get(pk=session).auth_time == proved
    assert not RecoveryCode.objects.exists()
    assert not TotpDevice.objects.filter(confirmed=True).exists()


def test_of_an_account_that_is_gone_a_late_request_hears_the_same(alice: User) -> None:
    let_in = User.objects.get(pk=alice.pk)
    alice.delete()
    with pytest.raises(DomainError, match="not valid any more"):
        ProfileService().rename(let_in, "Mallory")


def _verified(user: User) -> Callable[[], object]:
    token = OneTimeTokens().issue(user, Purpose.VERIFY_EMAIL, 600)
    return lambda: RegistrationService().verify(token)


def _unlocked(user: User) -> Callable[[], object]:
    token = OneTimeTokens().issue(user, Purpose.UNLOCK, 600)
    return lambda: AuthService().unlock(token)


def _reset(user: User) -> Callable[[], object]:
    token = OneTimeTokens().issue(user, Purpose.RESET_PASSWORD, 600)
    return lambda: PasswordService().reset(token, NEW)


def _address_confirmed(user: User) -> Callable[[], object]:
    EmailChangeService().carry_out({"user": str(user.pk), "epoch": user.epoch, "email": "new@example.org"})
    token = OneTimeTokens().issue(user, Purpose.CONFIRM_NEW_EMAIL, 600)
    return lambda: EmailChangeService().confirm(token)


def _address_cancelled(user: User) -> Callable[[], object]:
    EmailChangeService().carry_out({"user": str(user.pk), "epoch": user.epoch, "email": "new@example.org"})
    token = OneTimeTokens().issue(user, Purpose.CANCEL_EMAIL_CHANGE, 600)
    return lambda: EmailChangeService().cancel_by_token(token)


def _code_given(user: User) -> Callable[[], object]:
    TotpDevice.objects.create(user=user, name="app", seed=SEED)
    ticket = MfaLoginService().ask(user, ["totp"], None).ticket
    return lambda: MfaLoginService().finish(ticket, Method.TOTP, AuthenticatorApp(pyotp.TOTP(SEED)).code())


TOKENS = [_verified, _unlocked, _reset, _address_confirmed, _address_cancelled, _code_given]


@pytest.mark.usefixtures("parallel")
@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token.__name__)
def test_a_token_that_is_spent_while_all_credentials_end_is_refused_and_nobody_waits_for_ever(
    alice: User, token: Callable[[User], Callable[[], object]]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: SQLite locks no rows")
    spend = token(alice)

    def spent() -> object:
        try:
            return spend()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            held = CredentialService().locked(alice)
            other: Future[object] = pool.submit(spent)
            until_somebody_waits_for_a_lock()
            CredentialService().revoke(held, EndReason.CREDENTIALS_CHANGED)
        with pytest.raises(DomainError):
            other.result(60)
    found = User.objects.get(pk=alice.pk)
    assert found.check_password(PASSWORD)
    assert not found.auth_sessions.exists()
    assert not EmailChange.objects.exists()
