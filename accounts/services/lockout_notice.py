"""Tells the owner of an account that came to its hard stop, and how to unlock it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from accounts.mails import MailName
from accounts.models import Purpose, User
from accounts.services.lockout import AccountLockoutService
from accounts.services.one_time_tokens import OneTimeTokens, valid_for
from accounts.services.outbox import Outbox
from audit.actions import Action
from audit.logger import AuditLogger

_UNLOCK_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class LockoutNotice:
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def send(self, user: User) -> None:
        """Mail a token that unlocks every factor of the account."""
        with transaction.atomic():
            token = self.tokens.issue(user, Purpose.UNLOCK, _UNLOCK_SECONDS)
            self.audit.record(Action.ACCOUNT_LOCKED, target=user, subject=user, details={"reason": "hard_stop"})
            failures = str(self.lockout.configuration.lockout_hard_stop)
            self.outbox.mail(
                MailName.ACCOUNT_LOCKED, user.email, token, failures=failures, valid_for=valid_for(_UNLOCK_SECONDS)
            )
