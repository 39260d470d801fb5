"""Opening an account: the answer never tells whether the address was free; the mail does."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.identifiers import canonical_email
from accounts.mails import MailName
from accounts.models import OutboxKind, Purpose, User
from accounts.services.one_time_tokens import OneTimeTokens, valid_for
from accounts.services.outbox import Outbox
from accounts.services.password_policy import PasswordPolicy
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator


def invalid_email() -> DomainError:
    detail = "This is not an e-mail address."
    return DomainError("invalid", detail, Kind.INVALID, errors=[FieldError("/email", "invalid", detail)])


@dataclass(frozen=True, slots=True)
class RegistrationService:
    """The request only checks, hashes and leaves a message in the outbox, whoever holds the address; so there is no
    difference to measure. `carry_out` does the rest.
    """

    policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    outbox: Outbox = field(default_factory=Outbox)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def register(self, email: str, password: str, name: str | None = None) -> None:
        """Take the request; DomainError for what is no address or a bad password."""
        try:
            canonical_email(email)
        except ValueError:
            raise invalid_email() from None
        self.policy.check(password, about=[email, name or ""])
        hashed = make_password(unicodedata.normalize("NFC", password))
        with transaction.atomic():
            self.outbox.add(OutboxKind.REGISTRATION, email=email.strip(), password=hashed, name=name)

    def resend_verification(self, email: str) -> None:
        """Take the request for another mail."""
        try:
            canonical_email(email)
        except ValueError:
            raise invalid_email() from None
        with transaction.atomic():
            self.outbox.add(OutboxKind.VERIFICATION, email=email.strip())

    def verify(self, token: str) -> None:
        """The address is the user's; DomainError when the token is not valid."""
        with transaction.atomic():
            user = self.tokens.spend(Purpose.VERIFY_EMAIL, token).user
            user.verify_email()
            self.audit.record(Action.EMAIL_VERIFIED, actor=user, target=user)

    def carry_out(self, payload: Mapping[str, Any]) -> None:
        """Open the account, or tell the owner of the address that somebody tried."""
        try:
            with transaction.atomic():
                user = User(email=payload["email"], name=payload["name"], password=payload["password"])
                user.save()
                self.audit.record(Action.ACCOUNT_REGISTERED, actor=user, target=user)
                self._send_verification(user)
            return
        except IntegrityError:
            user_or_none = User.objects.by_email(payload["email"])
        if user_or_none is not None:
            self._somebody_tried(user_or_none, payload)

    def carry_out_verification(self, payload: Mapping[str, Any]) -> None:
        """Send another mail to whoever has an account that waits for it."""
        user = User.objects.by_email(payload["email"])
        if user is not None and user.is_active and user.email_verified_at is None:
            with transaction.atomic():
                self._send_verification(user)

    def _somebody_tried(self, found: User, payload: Mapping[str, Any]) -> None:
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=found.pk)
            if user.email_verified_at is not None or not user.is_active:
                self.outbox.mail(MailName.ALREADY_REGISTERED, user.email)
                return
            # nobody has proved the address yet: whoever signed up with it first must not keep it from its owner
            user.password, user.name = payload["password"], payload["name"]
            user.password_needs_second_factor = False  # it was checked as one that stands alone
            user.save()
            self._send_verification(user)

    def _send_verification(self, user: User) -> None:
        seconds = get_orchestrator().authentication_service.email_token_seconds
        token = self.tokens.issue(user, Purpose.VERIFY_EMAIL, seconds)
        self.outbox.mail(MailName.VERIFY_EMAIL, user.email, token, valid_for=valid_for(seconds))
