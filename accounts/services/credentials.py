"""The events that every credential dies of, in one place: all journeys that change one come through here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import AuthSession, EmailChange, EndReason, KnownDevice, OneTimeToken, User
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.session import SessionManager, Tokens
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class CredentialService:
    """Call inside a transaction, with the user's row locked by `locked`."""

    sessions: SessionManager = field(default_factory=SessionManager)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)

    def locked(self, user: User) -> User:
        """The user's row as it is now, held until the transaction ends."""
        found: User = User.objects.select_for_update().get(pk=user.pk)
        return found

    def acting(self, user: User) -> User:
        """The same for the user of a request, which was let in a moment ago: DomainError (UNAUTHENTICATED) when the
        credentials that it came with have ended since, so that it gives nobody new ones.
        """
        found: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
        if found is None or not found.is_active or found.epoch != user.epoch:
            raise _ended()
        return found

    def acting_in(self, user: User, session_id: UUID | str) -> tuple[User, AuthSession]:
        """The same with the session of the request, locked after the user as everywhere."""
        found = self.acting(user)
        session = AuthSession.objects.select_for_update().filter(pk=session_id, user=found).first()
        if session is None or not session.is_live(timezone.now()):
            raise _ended()
        session.user = found
        return found, session

    def revoke(self, user: User, reason: EndReason, *, keep: AuthSession | None = None) -> Tokens | None:
        """End everything that was issued before: access tokens by the epoch, sessions, one-time tokens, known devices.

        `keep` is the session of whoever did it; it goes on with the tokens that this gives. Saves the user.
        """
        assert transaction.get_connection().in_atomic_block
        user.epoch += 1
        user.save()
        self.sessions.end_all(user, reason, but=keep.pk if keep else None)
        OneTimeToken.objects.filter(user=user).void_with_credentials()
        EmailChange.objects.filter(user=user).delete()
        kept = keep.device_id if keep else None
        KnownDevice.objects.filter(user=user).exclude(pk__in=[kept] if kept else []).delete()
        return self.sessions.renew(keep, user) if keep else None

    def revoke_many(self, users: Collection[UUID] | QuerySet[Any], reason: EndReason, **changes: Any) -> None:
        """The same for many users in a few statements; nobody's session is kept. Rows locked by the caller.

        `users` are their keys or a query of them, which sends no key to and fro. `changes` are columns of the users
        that change with it.
        """
        assert transaction.get_connection().in_atomic_block
        User.objects.filter(pk__in=users).update(epoch=F("epoch") + 1, **changes)
        self.sessions.end_of(users, reason)
        OneTimeToken.objects.filter(user__in=users).void_with_credentials()
        EmailChange.objects.filter(user__in=users).delete()
        AuthSession.objects.filter(user__in=users, device__isnull=False).update(device=None)
        devices = KnownDevice.objects.filter(user__in=users)
        devices._raw_delete(devices.db)  # Django's own would read each device first, to look for the sessions above


def _ended() -> DomainError:
    return DomainError("token_not_valid", "The access token is not valid any more.", Kind.UNAUTHENTICATED)
