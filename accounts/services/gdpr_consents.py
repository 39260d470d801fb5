"""Consents (GDPR Art. 7): given to a text, taken back as easily, and provable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.consent_texts import ConsentText, current_text
from accounts.models import Consent, ConsentPurpose, User
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class ConsentState:
    """Where somebody stands: `given` is for the current text; `decided_at` of the last decision, None before any."""

    purpose: ConsentPurpose
    text: ConsentText
    given: bool
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentService:
    audit: AuditLogger = field(default_factory=AuditLogger)

    def states(self, user: User) -> list[ConsentState]:
        """Of every purpose."""
        return [self._state(user, each) for each in ConsentPurpose]

    def is_given(self, user: User, purpose: ConsentPurpose) -> bool:
        """Whether the user agrees to the current text; a new text has to be agreed to anew."""
        return self._state(user, purpose).given

    def decide(self, user: User, purpose: ConsentPurpose, version: str, given: bool) -> ConsentState:
        """Add the decision; DomainError when somebody agrees to a text that is not the current one."""
        text = current_text(purpose)
        if given and version != text.version:
            raise DomainError("consent_text_outdated", f"The text is now version {text.version}.", Kind.CONFLICT)
        with transaction.atomic():
            row = Consent.objects.create(
                user=user, purpose=purpose, text_version=text.version, text_sha256=text.sha256, given=given
            )
            self.audit.record(
                Action.CONSENT_GIVEN if given else Action.CONSENT_WITHDRAWN,
                target=user,
                details={"purpose": purpose.value, "text_version": text.version, "digest": text.sha256},
            )
        return ConsentState(purpose, text, given, row.created_at)

    def _state(self, user: User, purpose: ConsentPurpose) -> ConsentState:
        text = current_text(purpose)
        last = Consent.objects.filter(user=user, purpose=purpose).order_by("-created_at", "-id").first()
        given = last is not None and last.given and last.text_sha256 == text.sha256
        return ConsentState(purpose, text, given, last.created_at if last else None)
