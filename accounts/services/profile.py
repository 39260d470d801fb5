"""What users say about themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger


@dataclass(frozen=True, slots=True)
class ProfileService:
    audit: AuditLogger = field(default_factory=AuditLogger)

    def rename(self, user: User, name: str | None) -> User:
        """The user with another name, or none."""
        with transaction.atomic():
            held: User = User.objects.select_for_update().get(pk=user.pk)
            held.name = name or None
            held.save(update_fields=["name"])
            self.audit.record(Action.ACCOUNT_UPDATED, actor=held, target=held, details={"fields": ["name"]})
        return held
