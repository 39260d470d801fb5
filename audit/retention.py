"""Retention: cuts a sealed prefix of the trail at a checkpoint, which stays as the new anchor, and its daily files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from audit.actions import Action
from audit.files import DailyFiles
from audit.keys import TrailKeys
from audit.logger import AuditLogger
from audit.models import AuditLog, Checkpoint, Seal, SubjectKey
from config.orchestrator import get_orchestrator


class NotToBeCut(Exception):
    """The trail was tampered with where it would be cut: what is there is evidence."""


def cut(now: datetime | None = None, days: int | None = None, files: DailyFiles | None = None) -> int:
    """Delete the entries sealed more than `days` (from the configuration when None) ago; how many went.

    The last checkpoint of that age stays and signs for what is gone; an entry of the trail says so. Daily files of
    which nothing is kept go too, where they lie on this machine. NotToBeCut when that checkpoint is not signed by us:
    somebody who sets its time back must not have us delete the rest.
    """
    kept_days = get_orchestrator().audit_service.retention_days if days is None else days
    before = (now or datetime.now(UTC)) - timedelta(days=kept_days)
    anchor = Checkpoint.objects.filter(time__lt=before).order_by("-number").first()
    if anchor is None:
        return 0
    if not anchor.signed().holds(TrailKeys()):
        raise NotToBeCut(f"the signature of checkpoint {anchor.number} does not hold: run verify_audit_chain")
    gone = _cut_database(anchor, before)
    (files or DailyFiles()).drop_before(anchor.number)
    return gone


def was_cut_at(size: int) -> bool:
    """Whether the trail itself says that it was cut after `size` entries."""
    said = AuditLog.objects.filter(action=Action.AUDIT_RETENTION_CUT, seal__position__gt=size).values_list(
        "details", flat=True
    )
    found = (json.loads(details) for details in said)
    return any(isinstance(each, dict) and each.get("last_position") == size for each in found)


def _cut_database(anchor: Checkpoint, before: datetime) -> int:
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
