"""The second half of a log-in: a ticket stands for the password that was right, a code turns it into a session."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import KnownDevice, OneTimeToken, Purpose, User
from accounts.services.mfa import Method, SecondFactors
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.outbox import Outbox
from accounts.services.session import OTP, PASSWORD, SessionManager, Tokens
from audit import context
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class MfaRequired:
    """The password was right; one of `methods` is wanted as well, with this ticket, within `expires_in` seconds."""

    ticket: str = field(repr=False)
    methods: list[str]
    expires_in: int


@dataclass(frozen=True, slots=True)
class MfaLoginService:
    """A ticket is kept as its digest, and is good for one user, for the credentials of its time, for the program that
    gave the password, for five tries, and for nothing else. Once a factor is locked all tickets of the user are gone.
    """

    factors: SecondFactors = field(default_factory=SecondFactors)
    sessions: SessionManager = field(default_factory=SessionManager)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)

    def ask(self, user: User, methods: list[str], device: UUID | None) -> MfaRequired:
        """A ticket; older ones stay good, since somebody may sign in on two devices at once."""
        ticket = secrets.token_urlsafe(32)
        seconds = get_orchestrator().authentication_service.mfa_ticket_seconds
        bound_to = {"epoch": user.epoch, "device": str(device) if device else None, "agent": _agent()}
        OneTimeToken.objects.create(
            user=user,
            purpose=Purpose.MFA_LOGIN,
            digest=self.tokens.digest(ticket),
            payload=json.dumps(bound_to),
            attempts_left=_ATTEMPTS,
            expires_at=timezone.now() + timedelta(seconds=seconds),
        )
        return MfaRequired(ticket, methods, seconds)

    def finish(self, ticket: str, method: Method, code: str) -> Tokens:
        """Tokens of a new session of two factors.

        DomainError UNAUTHENTICATED `ticket_not_valid` (begin anew with the password) or `wrong_code` (try again),
        THROTTLED when the factor is locked. Call it outside of transactions.
        """
        row, device = self._charged(ticket)
        user = row.user
        subject = self.factors.subject(user, method, device)
        try:
            right = self.factors.verify(user, method, code, subject)
        except DomainError:
            _spend_tries(user)
            raise
        if not right:
            self._tell_failed(row)
            raise DomainError("wrong_code", "The code is wrong, or was used already.", Kind.UNAUTHENTICATED)
        with transaction.atomic():
            # the session first: it holds the user's row, which everybody locks before the rows of their tokens
            tokens = self.sessions.start(user, [PASSWORD, OTP], aal=2, device=device)
            if not self._with_tries(row.digest, 0).update(used_at=timezone.now()):
                raise _not_valid()
        return tokens

    def _charged(self, ticket: str) -> tuple[OneTimeToken, UUID | None]:
        """The ticket's row, one try poorer, and the device that gave the password."""
        row = self._usable(ticket).select_related("user").first()
        if row is None:
            raise _not_valid()
        bound_to: dict[str, Any] = json.loads(row.payload or "{}")
        if bound_to["agent"] != _agent() or bound_to["epoch"] != row.user.epoch or not row.user.is_active:
            raise _not_valid()
        if not self._usable(ticket).update(attempts_left=F("attempts_left") - 1):
            raise _not_valid()
        device = UUID(bound_to["device"]) if bound_to["device"] else None
        known = device is not None and KnownDevice.objects.filter(pk=device, user=row.user).exists()
        return row, device if known else None

    def _usable(self, ticket: str) -> Any:
        return self._with_tries(self.tokens.digest(ticket), 1)

    def _with_tries(self, digest: str, tries: int) -> Any:
        return OneTimeToken.objects.filter(
            purpose=Purpose.MFA_LOGIN,
            digest=digest,
            used_at__isnull=True,
            expires_at__gt=timezone.now(),
            attempts_left__gte=tries,
        )

    def _tell_failed(self, row: OneTimeToken) -> None:
        """With the last try gone it was no slip of the owner's: somebody may know the password."""
        with transaction.atomic():
            if self._with_tries(row.digest, 0).filter(attempts_left=0).update(used_at=timezone.now()):
                self.outbox.mail(MailName.SECOND_FACTOR_FAILED, row.user.email, failures=str(_ATTEMPTS))


def _spend_tries(user: User) -> None:
    """No more tries by any ticket; one that was let in before, and is right, may still finish."""
    tickets = OneTimeToken.objects.filter(user=user, purpose=Purpose.MFA_LOGIN, attempts_left__gt=0)
    with transaction.atomic():
        # behind the user's row, or parallel refusals wait for each other's rows until the database ends one of them
        User.objects.select_for_update().filter(pk=user.pk).first()
        tickets.update(attempts_left=0)


def _agent() -> str:
    return hashlib.sha256(context.current().agent.encode()).hexdigest()


def _not_valid() -> DomainError:
    """One answer for unknown, late, used up, spent and somebody else's."""
    return DomainError("ticket_not_valid", "Sign in again with the password.", Kind.UNAUTHENTICATED)
