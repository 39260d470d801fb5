"""One's own activity: what the trail says that somebody did, or that was done to their account."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from accounts.models import User
from audit.logger import reference
from audit.models import AuditLog
from audit.refusals import OF_HIDDEN


def activity_of(user: User) -> QuerySet[AuditLog]:
    """Entries whose actor, subject or target is the user; `created_at` is when it happened.

    Left out are those that would tell the user which of the ids they tried belong to others.
    """
    name = reference(user)
    mine = Q(actor=name) | Q(subject=name) | Q(target=name)
    found: QuerySet[AuditLog] = AuditLog.objects.filter(mine).exclude(OF_HIDDEN).annotate(created_at=F("occurred_at"))
    return found
