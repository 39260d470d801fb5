"""SessionManager: the one place where credentials are issued, renewed and ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.credential_cache import mark_sessions
from accounts.mails import MailName
from accounts.models import AuthSession, EndReason, KnownDevice, User
from accounts.refresh_tokens import RefreshToken, new_secret, refresh_token
from accounts.services.devices import DeviceService
from accounts.services.outbox import Outbox
from accounts.tokens import AccessToken
from audit import context
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator
from config.services.authentication import AuthenticationConfigService

# RFC 8176
PASSWORD = "pwd"  # noqa: S105
OTP = "otp"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets: `expires_in` seconds of the access token. `device` is only given at log-in."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    session: UUID
    device: str | None = field(default=None, repr=False)


def _configuration() -> AuthenticationConfigService:
    return get_orchestrator().authentication_service


@dataclass(frozen=True, slots=True)
class SessionManager:
    """Every way in ends in `start`, so every way in has the same rules, and the same events end what came of it."""

    configuration: AuthenticationConfigService = field(default_factory=_configuration)
    devices: DeviceService = field(default_factory=DeviceService)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def start(self, user: User, methods: Sequence[str], *, aal: int = 1, device: UUID | None = None) -> Tokens:
        """A new session; DomainError for an account that may not have one. The oldest session gives way to a limit."""
        if not user.is_active or user.email_verified_at is None:
            raise _unusable()
        now, found = timezone.now(), context.current()
        with transaction.atomic():
            usable, known = User.objects.hold_for_log_in(user, self.devices.fingerprint())
            if not usable:
                raise _unusable()
            device_id = device or known or self._remember_device(user)
            session = AuthSession(
                user=user,
                device_id=device_id,
                secret=new_secret(),
                epoch=user.epoch,
                aal=aal,
                amr=" ".join(methods),
                auth_time=now,
                idle_expires_at=now + self._idle(aal),
                expires_at=now + self._absolute(aal),
                address=found.address or None,
                agent=found.agent or None,
            )
            mark_sessions(AuthSession.objects.begin(session, self.configuration.sessions_per_user))
            self.audit.record(
                Action.LOGIN, actor=user, target=session, session=str(session.pk), method=" ".join(methods)
            )
        return self._tokens(session, self.devices.token(device_id))

    def refresh(self, text: str) -> Tokens:
        """The next pair of tokens; DomainError (UNAUTHENTICATED) when the token is not the current one.

        The token before may come again for `refresh_grace_seconds` and gets the same successor: that is a client whose
        answer was lost, or a second tab. Anything older was copied, and ends the session.
        """
        token = RefreshToken.parse(text)
        session = token and AuthSession.objects.for_refresh(token.session_id)
        if not token or not session or not token.proves(session.secret):
            raise _not_valid()
        now = timezone.now()
        if not session.may_act(now):
            raise _not_valid()
        if token.counter == session.counter and session.advance(now, now + self._idle(session.aal)):
            return self._tokens(session)
        return self._again(token, session)

    def renew(self, session: AuthSession, user: User) -> Tokens:
        """New tokens after the user has proved again who they are; call it inside the transaction, session locked."""
        now = timezone.now()
        session.counter += 1
        session.auth_time = session.rotated_at = now
        session.epoch = user.epoch
        session.idle_expires_at = now + self._idle(session.aal)
        session.save(
            update_fields=["counter", "auth_time", "rotated_at", "epoch", "idle_expires_at", "expires_at", "aal", "amr"]
        )
        return self._tokens(session)

    def prove(self, session: AuthSession, *methods: str, aal: int) -> None:
        """The user has proved more in this session; a higher level has shorter limits. `renew` saves it."""
        session.amr = " ".join(dict.fromkeys([*session.methods, *methods]))
        session.aal = max(session.aal, aal)
        session.expires_at = min(session.expires_at, timezone.now() + self._absolute(session.aal))
        mark_sessions([session.pk])

    def end(self, sessions: Sequence[AuthSession], reason: EndReason) -> int:
        """End these sessions; the number of those that were not over already. Inside a transaction."""
        keys = [each.pk for each in sessions]
        ended = AuthSession.objects.filter(pk__in=keys, ended_at__isnull=True).update(
            ended_at=timezone.now(), end_reason=reason
        )
        mark_sessions(keys)
        return ended

    def end_all(self, user: User, reason: EndReason, *, but: UUID | str | None = None) -> int:
        """End every session of the user, one excepted; the number of those that were not over already."""
        sessions = AuthSession.objects.filter(user=user, ended_at__isnull=True)
        if but is not None:
            sessions = sessions.exclude(pk=but)
        return self.end(list(sessions.only("pk")), reason)

    def end_of(self, users: Collection[UUID] | QuerySet[Any], reason: EndReason) -> int:
        """End every session of these users, whose epoch the caller raises; the number of those that were not over.

        One statement, however many they are: what the cache still holds of a session opens nothing for another epoch.
        """
        live = AuthSession.objects.filter(user__in=users, ended_at__isnull=True)
        return live.update(ended_at=timezone.now(), end_reason=reason, device=None)

    def _again(self, token: RefreshToken, seen: AuthSession) -> Tokens:
        with transaction.atomic():
            session = AuthSession.objects.select_for_update(of=("self",)).select_related("user").get(pk=seen.pk)
            now = timezone.now()
            if not session.may_act(now):
                raise _not_valid()
            behind = session.counter - token.counter
            if behind == 1 and session.rotated_within(self.configuration.refresh_grace_seconds, now):
                return self._tokens(session)
            self.end([session], EndReason.REUSED)
            self.audit.record(
                Action.TOKEN_REUSED,
                Outcome.REFUSED,
                actor=context.ANONYMOUS,
                target=session,
                subject=session.user,
                session=str(session.pk),
                details={"count": behind},
            )
            self.outbox.mail(MailName.SESSION_REUSED, session.user.email)
        raise _not_valid()

    def _tokens(self, session: AuthSession, device: str | None = None) -> Tokens:
        return Tokens(
            access=str(AccessToken.for_session(session)),
            refresh=refresh_token(session.secret, session.pk, session.counter),
            expires_in=self.configuration.access_token_seconds,
            session=session.pk,
            device=device,
        )

    def _remember_device(self, user: User) -> UUID:
        """The device as far as network and agent tell it; a new one is told to the user, except their first."""
        device, new = KnownDevice.objects.remember(user.pk, self.devices.fingerprint())
        if new:
            found = context.current()
            self.outbox.mail(
                MailName.NEW_DEVICE, user.email, address=found.address or "unknown", agent=found.agent or "unknown"
            )
        return device

    def _idle(self, aal: int) -> timedelta:
        limits = self.configuration
        return timedelta(seconds=limits.session_idle_seconds if aal < 2 else limits.session_idle_seconds_aal2)

    def _absolute(self, aal: int) -> timedelta:
        limits = self.configuration
        return timedelta(seconds=limits.session_absolute_seconds if aal < 2 else limits.session_absolute_seconds_aal2)


def _unusable() -> DomainError:
    return DomainError("account_unusable", "This account cannot sign in.", Kind.UNAUTHENTICATED)


def _not_valid() -> DomainError:
    return DomainError("token_not_valid", "The refresh token is not valid. Sign in again.", Kind.UNAUTHENTICATED)
