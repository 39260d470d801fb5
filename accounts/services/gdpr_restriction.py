"""Restriction of processing (GDPR Art. 18): what is held stays, and nothing is done with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.credentials import CredentialService
from audit.actions import Action
from audit.logger import AuditLogger


@dataclass(frozen=True, slots=True)
class RestrictionService:
    credentials: CredentialService = field(default_factory=CredentialService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def restrict(self, user: User) -> User:
        """From the next request on nothing but the account itself can be changed."""
        return self._set(user, True, Action.PROCESSING_RESTRICTED)

    def release(self, user: User) -> User:
        """As before."""
        return self._set(user, False, Action.PROCESSING_RELEASED)

    def _set(self, user: User, restricted: bool, action: Action) -> User:
        with transaction.atomic():
            held = self.credentials.acting(user)
            if (held.restricted_at is not None) != restricted:
                held.restricted_at = timezone.now() if restricted else None
                held.save(update_fields=["restricted_at"])
                self.audit.record(action, target=held)
        return held
