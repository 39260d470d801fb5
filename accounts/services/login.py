"""AuthService: identifier and password in, a session out; and one answer for everything that is wrong."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import transaction

from accounts.identifiers import canonical_email, canonical_phone
from accounts.models import Identifier, OutboxKind, Purpose, User
from accounts.services.devices import DeviceService
from accounts.services.lockout import AccountLockoutService, Factor, Subject
from accounts.services.lockout_notice import LockoutNotice
from accounts.services.mfa_login import MfaLoginService, MfaRequired
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.outbox import Outbox
from accounts.services.session import PASSWORD, SessionManager, Tokens
from audit import context
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

_IPV6_SUBSCRIBER = 64


@dataclass(frozen=True, slots=True)
class AuthService:
    """In this order: canonical identifier, lockout, password (a dummy hash when there is none), state of the account,
    tokens. Unknown, wrong, unusable, suspended and unverified are one answer at one cost; mail tells the owner more.
    """

    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    notice: LockoutNotice = field(default_factory=LockoutNotice)
    sessions: SessionManager = field(default_factory=SessionManager)
    mfa: MfaLoginService = field(default_factory=MfaLoginService)
    devices: DeviceService = field(default_factory=DeviceService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def login(self, identifier: str, password: str, device_token: str | None = None) -> Tokens | MfaRequired:
        """Tokens of a new session, or a ticket for the second factor where the user has one.

        DomainError UNAUTHENTICATED `invalid_credentials`, THROTTLED when it is locked.
        """
        user, device = self.authenticate(identifier, password, device_token)
        methods = self.mfa.factors.methods_of(user)
        if methods:
            return self.mfa.ask(user, methods, device)
        return self.sessions.start(user, [PASSWORD], device=device)

    def authenticate(self, identifier: str, password: str, device_token: str | None = None) -> tuple[User, UUID | None]:
        """The user who may enter with this password, and the device that proved itself; DomainError as for `login`.

        Every form that takes a password comes through here.
        """
        claimed = self.devices.read(device_token)
        name, user = self._find(identifier, claimed)
        device = claimed if user is not None and user.knows_device else None
        subjects = self._subjects(user, name, device)
        self._charge(subjects, user)
        if not matches(user, password) or user is None:
            self._record_failure(user, "wrong_password")
            raise _refused()
        self.lockout.succeed(*subjects)
        if not self._may_enter(user):
            raise _refused()
        return user, device

    def prove_again(self, session_id: UUID | str, user: User, password: str) -> None:
        """The same for somebody who is signed in: wrong guesses count against their session alone."""
        subject = self.lockout.session(session_id, Factor.PASSWORD)
        self._charge((subject,), None)
        if not matches(user, password):
            self._record_failure(user, "wrong_password", Action.REAUTHENTICATION)
            raise DomainError("wrong_password", "The password is wrong.", Kind.FORBIDDEN)
        self.lockout.succeed(subject)

    def unlock(self, token: str) -> None:
        """Forget the failures of the account that the mailed token speaks of."""
        with transaction.atomic():
            user = self.tokens.spend(Purpose.UNLOCK, token).user
            self.lockout.unlock(user)
            self.audit.record(Action.ACCOUNT_UNLOCKED, actor=user, target=user, method="mail")

    def _find(self, identifier: str, device: UUID | None) -> tuple[str, User | None]:
        """The canonical name, and who holds it; the user says whether the device is theirs."""
        for kind, canonical in ((Identifier.EMAIL, canonical_email), (Identifier.PHONE, canonical_phone)):
            try:
                name = canonical(identifier)
            except ValueError:
                continue
            return name, User.objects.by_identifier(kind, name, device=device)
        return unicodedata.normalize("NFKC", identifier).strip().casefold(), None

    def _subjects(self, user: User | None, name: str, device: UUID | None) -> tuple[Subject, ...]:
        if device is not None:
            return (self.lockout.device(device, Factor.PASSWORD),)
        account = self.lockout.account(user, name, Factor.PASSWORD)
        return (account, self.lockout.address(address_block(context.current().address)))

    def _charge(self, subjects: tuple[Subject, ...], user: User | None) -> None:
        try:
            stopped = self.lockout.charge(*subjects)
        except DomainError as error:
            self._record_failure(user, error.code)
            raise
        if any(each.user for each in stopped) and user is not None:
            self.notice.send(user)

    def _may_enter(self, user: User) -> bool:
        if not user.is_active:
            self._record_failure(user, "not_active")
            return False
        if user.email_verified_at is None:
            # telling here would tell a stranger, who signed up with somebody's address, that it was free
            self._record_failure(user, "not_verified")
            with transaction.atomic():
                self.outbox.add(OutboxKind.VERIFICATION, email=user.email)
            return False
        return True

    def _record_failure(self, user: User | None, reason: str, action: Action = Action.LOGIN) -> None:
        self.audit.record(
            action, Outcome.REFUSED, target=user or "", details={"reason": reason, "factor": Factor.PASSWORD.value}
        )


def matches(user: User | None, password: str) -> bool:
    """Whether it is the user's password, at the cost of one hash in every case; hashes anew when the cost changed."""
    if user is None or not is_password_usable(user.password):
        security = get_orchestrator().security_service
        cost = (security.argon2_time_cost, security.argon2_memory_kib, security.argon2_parallelism)
        check_password(unicodedata.normalize("NFC", password), _dummy_hash(cost))
        return False
    return user.check_password(password)


def address_block(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "local"
    return str(ip_network((parsed, _IPV6_SUBSCRIBER), strict=False)) if parsed.version == 6 else str(parsed)


def _refused() -> DomainError:
    return DomainError("invalid_credentials", "Identifier or password is wrong.", Kind.UNAUTHENTICATED)


@lru_cache(maxsize=4)
def _dummy_hash(cost: tuple[int, int, int]) -> str:
    """The hash of a password that nobody has, at the cost of today."""
    return make_password(f"nobody at {cost}")
