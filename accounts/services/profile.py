"""What users say about themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from accounts.services.credentials import CredentialService
from audit.actions import Action
from audit.logger import AuditLogger


@dataclass(frozen=True, slots=True)
class ProfileService:
    credentials: CredentialService = field(default_factory=CredentialService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def rename(self, user: User, name: str | None) -> User:
        """The user with another name, or none."""
        with transaction.atomic():
            held = self.credentials.acting(user)
            held.name = name or None
            held.save(update_fields=["name"])
            self.audit.record(Action.ACCOUNT_UPDATED, actor=held, target=held, details={"fields": ["name"]})
        return held
