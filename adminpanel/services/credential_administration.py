"""What staff do to one credential of an account: end a session, revoke an API key."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils import timezone

from accounts.models import ApiKey, AuthSession, EndReason, User
from accounts.services.session import SessionManager
from adminpanel.services.user_administration import Details, UserAdministration
from audit.actions import Action
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class CredentialAdministration:
    """Rank is checked as for every act on the account whose credential it is. DomainError as UserAdministration."""

    users: UserAdministration = field(default_factory=UserAdministration)
    sessions: SessionManager = field(default_factory=SessionManager)

    def end_session(self, actor: User, session: AuthSession, reason: str) -> User:
        """Sign out one device; CONFLICT when it is over already."""

        def act(user: User) -> Details:
            if not self.sessions.end([session], EndReason.ENDED_BY_STAFF):
                raise DomainError("session_over", "The session is over already.", Kind.CONFLICT)
            return {"ids": [str(session.pk)], "count": 1}

        return self.users.on(actor, session.user_id, Action.SESSION_ENDED, reason, act)

    def revoke_api_key(self, actor: User, key: ApiKey, reason: str) -> User:
        """Worthless from the next request on; CONFLICT when it is not live."""

        def act(user: User) -> Details:
            live = ApiKey.objects.live().filter(pk=key.pk)
            if not live.update(revoked_at=timezone.now()):
                raise DomainError("key_over", "The key is revoked or expired already.", Kind.CONFLICT)
            return {"key_id": str(key.pk)}

        return self.users.on(actor, key.user_id, Action.API_KEY_REVOKED, reason, act)
