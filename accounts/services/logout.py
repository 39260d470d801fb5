"""Ending sessions: one's own, one of the others, all."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import AuthSession, EndReason, User
from accounts.services.session import SessionManager
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class LogoutService:
    sessions: SessionManager = field(default_factory=SessionManager)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def end_own(self, user: User, session_id: UUID | str) -> None:
        """Sign out here."""
        with transaction.atomic():
            self.sessions.end([AuthSession(pk=session_id)], EndReason.LOGOUT)
            self.audit.record(Action.LOGOUT, actor=user, target=f"authsession:{session_id}")

    def end_one(self, user: User, session_id: UUID) -> None:
        """Sign out one device; DomainError (NOT_FOUND) when it is not the user's, or over."""
        with transaction.atomic():
            session = AuthSession.objects.live().filter(user=user, pk=session_id).first()
            if session is None:
                hidden = AuthSession.objects.exclude(user=user).filter(pk=session_id)
                raise DomainError("not_found", "There is no such session.", Kind.NOT_FOUND, hidden=hidden)
            self.sessions.end([session], EndReason.ENDED_BY_USER)
            self.audit.record(Action.SESSION_ENDED, actor=user, target=session)

    def end_all(self, user: User, *, but: UUID | str | None = None) -> int:
        """Sign out everywhere, or everywhere else; the number of sessions that ended."""
        with transaction.atomic():
            ended = self.sessions.end_all(user, EndReason.ENDED_BY_USER, but=but)
            self.audit.record(Action.SESSION_ENDED, actor=user, target=user, details={"count": ended})
        return ended
