"""Changing, forgetting and resetting a password, with everything that dies of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.identifiers import canonical_email
from accounts.mails import MailName
from accounts.models import AuthSession, EndReason, OneTimeToken, OutboxKind, Purpose, User
from accounts.services.credentials import CredentialService
from accounts.services.lockout import AccountLockoutService
from accounts.services.login import AuthService
from accounts.services.one_time_tokens import OneTimeTokens, token_refused, valid_for
from accounts.services.outbox import Outbox
from accounts.services.password_policy import PasswordPolicy
from accounts.services.registration import invalid_email
from accounts.services.session import Tokens
from audit.actions import Action
from audit.logger import AuditLogger
from config.orchestrator import get_orchestrator


@dataclass(frozen=True, slots=True)
class PasswordService:
    policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    auth: AuthService = field(default_factory=AuthService)
    credentials: CredentialService = field(default_factory=CredentialService)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def change(self, user: User, session_id: UUID | str, current: str, new: str) -> Tokens:
        """New tokens for this session, while all others end; DomainError for a wrong or a bad password."""
        self.auth.prove_again(session_id, user, current)
        self._check(user, new)
        with transaction.atomic():
            held, session = self.credentials.acting_in(user, session_id)
            tokens = self._set(held, new, Action.PASSWORD_CHANGED, keep=session)
        assert tokens is not None
        return tokens

    def forgot(self, email: str) -> None:
        """Take the request; the answer is the same for everybody."""
        try:
            canonical_email(email)
        except ValueError:
            raise invalid_email() from None
        with transaction.atomic():
            self.outbox.add(OutboxKind.FORGOTTEN_PASSWORD, email=email.strip())

    def carry_out_forgot(self, payload: Mapping[str, Any]) -> None:
        """Mail a link to the stored address of an active account; strangers get nothing."""
        user = User.objects.by_email(payload["email"])
        if user is None or not user.is_active:
            return
        with transaction.atomic():
            self.send_reset(user)

    def send_reset(self, user: User) -> None:
        """Mail a link to a new password. Inside a transaction."""
        seconds = get_orchestrator().authentication_service.password_reset_seconds
        token = self.tokens.issue(user, Purpose.RESET_PASSWORD, seconds)
        self.audit.record(Action.PASSWORD_RESET_REQUESTED, target=user, subject=user)
        self.outbox.mail(MailName.RESET_PASSWORD, user.email, token, valid_for=valid_for(seconds))

    def reset(self, token: str, new: str) -> None:
        """Set the password that the mailed token allows, end everything, unlock the account. Second factors stay.

        The token is only spent on a password that is good enough.
        """
        found = OneTimeToken.objects.usable(Purpose.RESET_PASSWORD).filter(digest=self.tokens.digest(token)).first()
        if found is None:
            raise token_refused()
        self._check(found.user, new)
        with transaction.atomic():
            user = self.tokens.spend(Purpose.RESET_PASSWORD, token).user
            if not user.is_active:
                raise token_refused()
            user.verify_email()  # the mailbox has just proved itself
            self._set(user, new, Action.PASSWORD_RESET, keep=None)
            self.lockout.unlock(user)

    def _check(self, user: User, new: str) -> None:
        second_factor = bool(self.auth.mfa.factors.methods_of(user))
        self.policy.check(new, about=[user.email, user.name or ""], second_factor=second_factor)

    def _set(self, user: User, new: str, action: Action, keep: AuthSession | None) -> Tokens | None:
        user.set_password(new)
        if user.password_needs_second_factor and not self.auth.mfa.factors.methods_of(user):
            self.policy.check(new)  # the factor has gone since it was checked; the lock on the row keeps it from now on
        user.password_changed_at = timezone.now()
        tokens = self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED, keep=keep)
        self.audit.record(action, actor=user, target=user)
        self.outbox.mail(MailName.PASSWORD_CHANGED, user.email)
        return tokens
