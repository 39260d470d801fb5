"""Readable diffs of models (django-auditlog), each linked into the sealed trail by its digest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from audit.actions import Action
from audit.logger import AuditLogger

if TYPE_CHECKING:
    from audit.models import ChangeEntry


def diff_digest(change: ChangeEntry) -> str:
    """SHA-256 of what the diff says, hex: whoever edits the diff no longer matches the trail."""
    said = [change.action, change.object_pk, change.changes]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def record_change(change: ChangeEntry) -> None:
    """One entry of the trail for one diff."""
    model = change.content_type.model
    AuditLogger().record(
        Action.MODEL_CHANGED,
        target=f"{model}:{change.object_pk}",
        details={
            "model": model,
            "operation": change.get_action_display(),
            "fields": sorted((change.changes or {}).keys()),
            "diff_sha256": diff_digest(change),
            "job": f"change:{change.pk}",
        },
    )
