"""A phone number becomes the user's when a code that was sent to it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identifiers import canonical_phone
from accounts.mails import MailName
from accounts.models import Identifier, OutboxKind, Purpose, User
from accounts.services.credentials import CredentialService
from accounts.services.one_time_tokens import OneTimeTokens, token_refused, valid_for
from accounts.services.outbox import Outbox
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator


@dataclass(frozen=True, slots=True)
class PhoneService:
    credentials: CredentialService = field(default_factory=CredentialService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def ask(self, user: User, number: str, country: str | None) -> None:
        """Take the request; DomainError for what is no number. Whose number it is else is not told."""
        try:
            canonical = canonical_phone(number, country)
        except ValueError:
            detail = "This is not a phone number; begin with + and the country code, or name the country."
            raise DomainError(
                "invalid", detail, Kind.INVALID, errors=[FieldError("/phone", "invalid", detail)]
            ) from None
        with transaction.atomic():
            self.outbox.add(OutboxKind.PHONE_CODE, user=str(user.pk), epoch=user.epoch, phone=canonical)

    def carry_out(self, payload: Mapping[str, Any]) -> None:
        """Send a code, unless the number is somebody else's."""
        with transaction.atomic():
            user = User.objects.select_for_update().filter(pk=payload["user"], is_active=True).first()
            if user is None or user.epoch != payload["epoch"]:
                return
            owner = User.objects.by_identifier(Identifier.PHONE, payload["phone"])
            if owner is not None and owner != user:
                return
            seconds = get_orchestrator().authentication_service.phone_code_seconds
            code = self.tokens.issue_code(user, Purpose.VERIFY_PHONE, seconds, payload["phone"])
            text = f"{code} is your Loupe code. It is valid for {valid_for(seconds)}. Do not give it to anybody."
            self.outbox.add(OutboxKind.SMS, to=payload["phone"], text=text)

    def confirm(self, user: User, code: str) -> None:
        """Set the number; DomainError when the code is wrong, late, spent or tried too often."""
        try:
            spent = self.tokens.spend_code(user, Purpose.VERIFY_PHONE, code)
        except DomainError:
            self.audit.record(
                Action.PHONE_VERIFIED, Outcome.REFUSED, actor=user, target=user, details={"reason": "wrong_code"}
            )
            raise
        try:
            with transaction.atomic():
                held = self.credentials.acting(user)
                held.phone, held.phone_verified_at = spent.payload, timezone.now()
                held.save(update_fields=["phone", "phone_verified_at"])
                self.audit.record(Action.PHONE_VERIFIED, actor=held, target=held)
                self.outbox.mail(MailName.PHONE_CHANGED, held.email)
        except IntegrityError:  # it became somebody else's meanwhile
            raise token_refused() from None
