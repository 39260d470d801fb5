"""Can what is personal in the trail still be read? Only an erasure that the trail tells of may have ended that."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from audit.actions import Action
from audit.models import AuditLog, SubjectKey
from audit.personal import PersonalData
from audit.verification import Break, Finding

_ERASED = Exists(AuditLog.objects.filter(action=Action.ACCOUNT_ERASED, target=OuterRef("subject")))
# keys of days go with their entries, and who wrote for somebody erased a moment ago did so under a key that is gone:
# around a cut either may be left of the two
_AROUND_A_CUT = timedelta(days=1)


def personal_break(cut_at: datetime | None, personal_data: PersonalData | None = None) -> Finding | None:
    """A subject whose key was destroyed or replaced behind the trail's back. `cut_at` is when retention cut last."""
    entries = AuditLog.objects.exclude(subject="").filter(personal__isnull=False)
    if cut_at is not None:
        entries = entries.filter(occurred_at__gt=cut_at + _AROUND_A_CUT)
    keys = SubjectKey.objects.filter(subject=OuterRef("subject"))
    unreadable = entries.filter(~Exists(keys), ~_ERASED).values_list("subject", flat=True).first()
    if unreadable is not None:
        return Finding(Break.DELETED, f"the key of {unreadable} is gone, and no erasure tells why")
    return _replaced(entries, personal_data or PersonalData())


def _replaced(entries: QuerySet[AuditLog], personal_data: PersonalData) -> Finding | None:
    """The oldest entry of each subject must open: a key that was exchanged, or made anew, does not open it."""
    of_subject = entries.filter(subject=OuterRef("subject")).order_by("occurred_at", "pk")
    rows = SubjectKey.objects.filter(~_ERASED).annotate(
        entry=Subquery(of_subject.values("pk")[:1]), sealed=Subquery(of_subject.values("personal")[:1])
    )
    rows = rows.filter(entry__isnull=False)
    for subject, key_id, wrapped, entry, sealed in rows.values_list(
        "subject", "key_id", "wrapped", "entry", "sealed"
    ).iterator():
        try:
            personal_data.opened(SubjectKey(subject, key_id, wrapped), entry, bytes(sealed))
        except ValueError:
            return Finding(Break.EDITED, f"the key of {subject} does not open what was sealed under it")
    return None
