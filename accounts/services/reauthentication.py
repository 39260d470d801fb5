"""Proving again who one is, for acts that a stolen session must not be enough for."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import AuthSession, User
from accounts.services.login import AuthService
from accounts.services.session import SessionManager, Tokens
from audit.actions import Action
from audit.logger import AuditLogger


@dataclass(frozen=True, slots=True)
class ReauthenticationService:
    auth: AuthService = field(default_factory=AuthService)
    sessions: SessionManager = field(default_factory=SessionManager)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def with_password(self, user: User, session_id: UUID | str, password: str) -> Tokens:
        """New tokens of the same session with a fresh `auth_time`; DomainError when the password is wrong."""
        self.auth.prove_again(AuthSession.objects.get(pk=session_id), user, password)
        with transaction.atomic():
            session = AuthSession.objects.select_for_update().get(pk=session_id)
            tokens = self.sessions.renew(session, user)
            self.audit.record(Action.REAUTHENTICATION, actor=user, target=session, method="pwd")
        return tokens
