"""Proving again who one is, for acts that a stolen session must not be enough for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import CeremonyPurpose, Passkey, User
from accounts.services.credentials import CredentialService
from accounts.services.lockout import AccountLockoutService
from accounts.services.login import AuthService
from accounts.services.mfa import Method, SecondFactors
from accounts.services.passkey_ceremonies import Ceremony, PasskeyCeremonies, passkey_methods
from accounts.services.session import OTP, PASSWORD, SessionManager, Tokens
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class ReauthenticationService:
    factors: SecondFactors = field(default_factory=SecondFactors)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    auth: AuthService = field(default_factory=AuthService)
    credentials: CredentialService = field(default_factory=CredentialService)
    ceremonies: PasskeyCeremonies = field(default_factory=PasskeyCeremonies)
    sessions: SessionManager = field(default_factory=SessionManager)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def with_password(
        self, user: User, session_id: UUID | str, password: str, method: Method | None = None, code: str = ""
    ) -> Tokens:
        """New tokens of the same session with a fresh `auth_time`; DomainError when the password is wrong.

        Whoever has a second factor gives it as well: else a password that was guessed would be enough to remove it.
        """
        methods = self.factors.methods_of(user)
        if methods and method is None:
            raise DomainError(
                "second_factor_required",
                f"Send `method` and `code` as well (yours: {', '.join(methods)}). With a passkey, begin at"
                " POST /api/auth/reauthenticate/passkey/options instead.",
                Kind.FORBIDDEN,
            )
        self.auth.prove_again(session_id, user, password)
        if methods and method is not None:
            self._second(user, session_id, method, code)
            return self._renewed(user, session_id, PASSWORD, OTP)
        return self._renewed(user, session_id, PASSWORD)

    def begin_with_passkey(self, user: User, session_id: UUID | str) -> Ceremony:
        """What the browser needs to use a passkey of the user; DomainError (CONFLICT) when there is none."""
        if not Passkey.objects.filter(user=user).exists():
            raise DomainError("no_passkey", "Your account has no passkey. Prove it with the password.", Kind.CONFLICT)
        return self.ceremonies.ask(CeremonyPurpose.REAUTHENTICATION, user, session_id)

    def with_passkey(self, user: User, session_id: UUID | str, ceremony: UUID, credential: Mapping[str, Any]) -> Tokens:
        """The same by a passkey that checks its user, which is two factors; DomainError for what is wrong."""
        passkey = self.ceremonies.prove(CeremonyPurpose.REAUTHENTICATION, ceremony, credential, user, session_id)
        return self._renewed(user, session_id, *passkey_methods(passkey))

    def _renewed(self, user: User, session_id: UUID | str, *methods: str) -> Tokens:
        """The session has proved these methods now; of more than one factor it is at level 2 from here on."""
        with transaction.atomic():
            held, session = self.credentials.acting_in(user, session_id)
            if len(methods) > 1:
                self.sessions.prove(session, *methods, aal=2)
            tokens = self.sessions.renew(session, held)
            self.audit.record(Action.REAUTHENTICATION, actor=held, target=session, method=" ".join(methods))
        return tokens

    def _second(self, user: User, session_id: UUID | str, method: Method, code: str) -> None:
        subject = self.lockout.session(session_id, self.factors.factor(method))
        if not self.factors.verify(user, method, code, subject):
            raise DomainError("wrong_code", "The code is wrong, or was used already.", Kind.FORBIDDEN)
