"""One's own activity: what the trail says that somebody did, or that was done to their account."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from accounts.models import User
from audit.logger import reference
from audit.models import AuditLog


def activity_of(user: User) -> QuerySet[AuditLog]:
    """Entries whose actor, subject or target is the user; `created_at` is when it happened."""
    name = reference(user)
    mine = Q(actor=name) | Q(subject=name) | Q(target=name)
    found: QuerySet[AuditLog] = AuditLog.objects.filter(mine).annotate(created_at=F("occurred_at"))
    return found
