"""Retention: cuts a sealed prefix of the trail at a checkpoint, which stays as the new anchor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from audit.actions import Action
from audit.logger import AuditLogger
from audit.models import AuditLog, Checkpoint, Seal, SubjectKey
from config.orchestrator import get_orchestrator


def cut(now: datetime | None = None, days: int | None = None) -> int:
    """Delete the entries sealed more than `days` (from the configuration when None) ago; how many went.

    The last checkpoint of that age stays and signs for what is gone; an entry of the trail says so.
    """
    kept_days = get_orchestrator().audit_service.retention_days if days is None else days
    before = (now or datetime.now(UTC)) - timedelta(days=kept_days)
    anchor = Checkpoint.objects.filter(time__lt=before).order_by("-number").first()
    if anchor is None:
        return 0
    with transaction.atomic():
        first = Seal.objects.filter(position__lte=anchor.size).order_by("position").values_list("position").first()
        if first is None:
            return 0
        gone = _delete_until(anchor)
        SubjectKey.objects.filter(subject__startswith="day:", subject__lt=f"day:{before:%Y-%m-%d}").delete()
        AuditLogger().record(
            Action.AUDIT_RETENTION_CUT,
            details={"first_position": int(first[0]), "last_position": anchor.size, "count": gone},
        )
    return gone


def was_cut_at(size: int) -> bool:
    """Whether the trail itself says that it was cut after `size` entries."""
    said = AuditLog.objects.filter(action=Action.AUDIT_RETENTION_CUT, seal__position__gt=size).values_list(
        "details", flat=True
    )
    return any(json.loads(details).get("last_position") == size for details in said)


def _delete_until(anchor: Checkpoint) -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # the one key to the trigger, good for this transaction only
            cursor.execute("SELECT set_config('loupe.retention_cut', %s, true)", [str(anchor.size)])
        cursor.execute(
            "DELETE FROM audit_auditlog WHERE id IN (SELECT entry_id FROM audit_seal WHERE position <= %s)",
            [anchor.size],
        )
        gone: int = cursor.rowcount
        cursor.execute("DELETE FROM audit_seal WHERE position <= %s", [anchor.size])
        cursor.execute(f"DELETE FROM {Checkpoint._meta.db_table} WHERE size < %s", [anchor.size])  # noqa: S608
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('loupe.retention_cut', '', true)")
    return int(gone)
