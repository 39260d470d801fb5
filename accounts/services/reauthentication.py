"""Proving again who one is, for acts that a stolen session must not be enough for."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import AuthSession, User
from accounts.services.lockout import AccountLockoutService
from accounts.services.login import AuthService
from accounts.services.mfa import Method, SecondFactors
from accounts.services.session import OTP, PASSWORD, SessionManager, Tokens
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class ReauthenticationService:
    factors: SecondFactors = field(default_factory=SecondFactors)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    auth: AuthService = field(default_factory=AuthService)
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
                f"Send `method` and `code` as well (yours: {', '.join(methods)}). With a passkey, sign in anew at"
                " POST /api/auth/login/passkey instead.",
                Kind.FORBIDDEN,
            )
        self.auth.prove_again(AuthSession.objects.get(pk=session_id), user, password)
        if methods and method is not None:
            self._second(user, session_id, method, code)
        with transaction.atomic():
            session = AuthSession.objects.select_for_update().get(pk=session_id)
            tokens = self.sessions.renew(session, user)
            self.audit.record(
                Action.REAUTHENTICATION, actor=user, target=session, method=f"{PASSWORD} {OTP}" if methods else PASSWORD
            )
        return tokens

    def _second(self, user: User, session_id: UUID | str, method: Method, code: str) -> None:
        subject = self.lockout.session(session_id, self.factors.factor(method))
        if not self.factors.verify(user, method, code, subject):
            raise DomainError("wrong_code", "The code is wrong, or was used already.", Kind.FORBIDDEN)
