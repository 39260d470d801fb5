"""What staff see of the work of others: pictures, names and tokens, with a reason that stays in the trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger
from audit.redaction import DetailValue

VIEW_PICTURES = "designsystem.view_sourceimage"
Work = TypeVar("Work", bound=Model)


@dataclass(frozen=True, slots=True)
class WorkAdministration:
    audit: AuditLogger = field(default_factory=AuditLogger)

    def reveal(self, actor: User, row: Work, reason: str) -> Work:
        """The row, for somebody who will see what was uploaded: that stands in the trail first."""
        fields = ["name", "picture", "tokens"]
        details: dict[str, DetailValue] = {"fields": fields, "reason": reason}
        self.audit.record(Action.PERSONAL_DATA_REVEALED, actor=actor, target=row, details=details)
        return row
