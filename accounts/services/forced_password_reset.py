"""Voiding a password that must not be used any more; its owner is mailed the way to a new one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils import timezone

from accounts.mails import MailName
from accounts.models import EndReason, Purpose, User
from accounts.services.credentials import CredentialService
from accounts.services.one_time_tokens import OneTimeTokens, valid_for
from accounts.services.outbox import Outbox
from config.orchestrator import get_orchestrator


@dataclass(frozen=True, slots=True)
class ForcedPasswordReset:
    """Call inside a transaction, with the user's row locked; whoever calls records who did it and why."""

    credentials: CredentialService = field(default_factory=CredentialService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)

    def force(self, user: User) -> None:
        """The password and every credential are dead; second factors stay. No mail to a suspended account."""
        user.set_password(None)
        user.password_changed_at = timezone.now()
        self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED)
        if user.is_active:
            self._mail_link(user)

    def _mail_link(self, user: User) -> None:
        seconds = get_orchestrator().authentication_service.password_reset_seconds
        token = self.tokens.issue(user, Purpose.RESET_PASSWORD, seconds)
        self.outbox.mail(MailName.PASSWORD_RESET_FORCED, user.email, token, valid_for=valid_for(seconds))
