"""The second factors of a user: which there are, whether one is needed, whether a code is right, and what changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.mails import MailName
from accounts.models import AuthSession, EndReason, Passkey, RecoveryCode, TotpDevice, User
from accounts.services.credentials import CredentialService
from accounts.services.lockout import AccountLockoutService, Factor, Subject
from accounts.services.lockout_notice import LockoutNotice
from accounts.services.outbox import Outbox
from accounts.services.recovery_codes import RecoveryCodes
from accounts.services.roles import RoleService
from accounts.services.session import Tokens
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator


class Method(StrEnum):
    """A second factor that is a code."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"


@dataclass(frozen=True, slots=True)
class SecondFactors:
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    notice: LockoutNotice = field(default_factory=LockoutNotice)
    recovery_codes: RecoveryCodes = field(default_factory=RecoveryCodes)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def methods_of(self, user: User) -> list[str]:
        """What the user can give beside the password; nothing when there is no second factor. A passkey is given at
        `login/passkey`, where it does without the password.

        Recovery codes only stand in for another factor: alone they count for none.
        """
        totp, passkey = user.has_totp, user.has_passkey  # log-in has read both with the user
        if totp is None:
            totp = TotpDevice.objects.filter(user=user, confirmed=True).exists()
        if passkey is None:
            passkey = Passkey.objects.filter(user=user).exists()
        methods = [*([Method.TOTP.value] if totp else []), *(["passkey"] if passkey else [])]
        if methods and RecoveryCode.objects.filter(user=user, used_at__isnull=True).exists():
            methods.append(Method.RECOVERY_CODE)
        return methods

    def required_of(self, user: User) -> bool:
        """Whether the user may do nothing without a second factor. Whoever holds a role is staff."""
        if not user.is_staff:
            return False
        return get_orchestrator().authentication_service.mfa_required_for_staff or RoleService().needs_mfa(user)

    @staticmethod
    def factor(method: Method) -> Factor:
        """Under which counter the guesses at it go."""
        return Factor(method.value)

    def subject(self, user: User, method: Method, device_id: UUID | None = None) -> Subject:
        """What a wrong code counts against: the device that proved itself, else the account; each factor for itself."""
        if device_id is not None:
            return self.lockout.device(device_id, self.factor(method))
        return self.lockout.account(user, "", self.factor(method))

    def verify(self, user: User, method: Method, code: str, subject: Subject) -> bool:
        """Whether the code is right; then it is used. DomainError THROTTLED while `subject` waits.

        Call it outside of transactions, so that nothing takes the count back.
        """
        stopped = self.lockout.charge(subject)
        factor = method.value
        if self._use(user, method, code):
            self.lockout.succeed(subject)
            self.audit.record(Action.FACTOR_USED, actor=user, target=user, details={"factor": factor})
            return True
        self.audit.record(
            Action.FACTOR_USED,
            Outcome.REFUSED,
            target=user,
            subject=user,
            details={"factor": factor, "reason": "wrong_code"},
        )
        if any(each.user for each in stopped):
            self.notice.send(user)
        return False

    def _use(self, user: User, method: Method, code: str) -> bool:
        if method is Method.RECOVERY_CODE:
            return self.recovery_codes.use(user, code)
        device = TotpDevice.objects.devices_for_user(user, confirmed=True).first()
        return device is not None and device.verify_token(code)


@dataclass(slots=True)
class FactorChange:
    """One change of a user's factors, with their row and session locked; `tokens` are there when it is done."""

    user: User
    session: AuthSession
    tokens: Tokens | None = None

    def done(self) -> Tokens:
        assert self.tokens is not None
        return self.tokens


@dataclass(frozen=True, slots=True)
class FactorChanges:
    """Every change of factors ends what was issued before, except the session of whoever made it, and is told."""

    credentials: CredentialService = field(default_factory=CredentialService)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    @contextmanager
    def change(
        self, user: User, session_id: UUID | str, action: Action, mail: MailName, factor: str
    ) -> Iterator[FactorChange]:
        """A transaction around the change; what raises inside changes nothing."""
        with transaction.atomic():
            held, session = self.credentials.acting_in(user, session_id)
            change = FactorChange(held, session)
            yield change
            change.tokens = self.credentials.revoke(held, EndReason.CREDENTIALS_CHANGED, keep=session)
            self.audit.record(action, actor=held, target=held, details={"factor": factor.replace(" ", "_")})
            self.outbox.mail(mail, held.email, factor=factor)


@dataclass(frozen=True, slots=True)
class NewRecoveryCodes:
    """`codes` are shown once and kept nowhere; `tokens` carry the session on."""

    codes: list[str] = field(repr=False)
    tokens: Tokens


def renew_recovery_codes(user: User, session_id: UUID | str) -> NewRecoveryCodes:
    """A new set in place of the old one; DomainError when there is no factor that they could stand in for."""
    changes, factors = FactorChanges(), SecondFactors()
    with changes.change(
        user, session_id, Action.RECOVERY_CODES_CREATED, MailName.RECOVERY_CODES_CREATED, "recovery codes"
    ) as change:
        if not factors.methods_of(change.user):
            raise DomainError("no_second_factor", "Add a second factor first.", Kind.CONFLICT)
        codes = factors.recovery_codes.renew(change.user)
    return NewRecoveryCodes(codes, change.done())


def refuse_last_factor(user: User, factors: SecondFactors) -> None:
    """DomainError when this was the last and the user, or their short password, needs one; call it after removing."""
    if not factors.methods_of(user):
        if factors.required_of(user):
            raise DomainError(
                "second_factor_needed",
                "Your account must have a second factor. Add another one before you remove this one.",
                Kind.CONFLICT,
            )
        if user.password_needs_second_factor:
            raise DomainError(
                "password_too_short_alone",
                "Your password is too short to protect the account alone. Choose a longer one first; it must have at "
                f"least {get_orchestrator().authentication_service.password_min_length} characters.",
                Kind.CONFLICT,
            )
        RecoveryCode.objects.filter(user=user).delete()
