"""AuditLogger: the only writer of the trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from django.db import models, transaction

from audit import context
from audit.actions import Action, Outcome
from audit.keys import TrailKeys, trail_keys
from audit.models import AuditLog
from audit.personal import PersonalData, subject_of_today
from audit.redaction import DetailValue, allowed_details
from config.inserted_row import insert
from config.request_metrics import count_event

logger = structlog.get_logger("audit")
_spelled = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def reference(row: models.Model) -> str:
    """How the trail names a row: "user:<primary key>"."""
    return f"{row._meta.model_name}:{row.pk}"


@dataclass(frozen=True, slots=True)
class AuditLogger:
    """Writes one entry with one insert; nothing waits for the chain, which the sealer forges behind it.

    Call it inside the transaction of what succeeded, and outside the one that a refusal rolls back.
    """

    personal_data: PersonalData = field(default_factory=PersonalData)
    keys: TrailKeys = field(default_factory=trail_keys)

    def record(
        self,
        action: Action,
        outcome: Outcome = Outcome.SUCCESS,
        *,
        target: str | models.Model = "",
        actor: str | models.Model | None = None,
        subject: str | models.Model | None = None,
        session: str | None = None,
        method: str | None = None,
        details: Mapping[str, DetailValue] | None = None,
    ) -> AuditLog:
        """One entry. Actor, session, method, request id, address and agent come from the context unless given.

        `subject` is whose personal data the address and agent are: the actor when that is a user, else the day's
        stranger. `details` pass the allow-list of `audit.redaction` or raise ValueError.
        """
        found = context.current()
        entry = AuditLog(
            action=action,
            outcome=outcome,
            actor=_name(actor) or found.actor,
            on_behalf_of=found.on_behalf_of,
            target=_name(target),
            session=found.session if session is None else session,
            request_id=found.request_id,
            method=found.method if method is None else method,
            details=_spelled(allowed_details(details)) if details else "{}",
        )
        personal = {key: value for key, value in (("address", found.address), ("agent", found.agent)) if value}
        if personal:
            entry.subject = _name(subject) or (entry.actor if entry.actor.startswith("user:") else subject_of_today())
            entry.personal = self.personal_data.seal(entry.subject, entry.id, personal)
        entry.mac = self.keys.mac(entry.canonical_bytes())
        insert(entry)
        if action == Action.ACCESS_DENIED:
            context.refusal_recorded.set(True)
        transaction.on_commit(lambda: _to_log(entry))
        return entry


def _name(of: str | models.Model | None) -> str:
    return reference(of) if isinstance(of, models.Model) else of or ""


def _to_log(entry: AuditLog) -> None:
    """The same event for the operators' log: without the personal part, every value plain by the allow-list."""
    count_event(entry.action, entry.outcome)
    logger.info(
        "audit",
        entry=str(entry.id),
        action=str(entry.action),
        outcome=str(entry.outcome),
        actor=entry.actor,
        target=entry.target,
        details=entry.details,
    )
