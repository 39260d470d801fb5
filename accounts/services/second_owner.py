"""Four eyes: where the configuration asks for it, what only owners may do needs the yes of another owner.

The act is asked for by doing it: the first call is refused and leaves an approval to decide on, and once another owner
has approved, the same call passes, once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Approval, ApprovalState, User
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue, allowed_details
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

APPROVE = "accounts.approve_owner_act"
_DECIDED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OwnerAct:
    """One act: `operation` and `permission` ("app.codename") say what, `target` to whom ("user:<id>"), `details` how.

    The details pass the allow-list of the trail, so another owner can be shown them.
    """

    operation: str
    permission: str
    target: str = ""
    details: Mapping[str, DetailValue] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        whole = [self.operation, self.permission, self.target, allowed_details(self.details)]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SecondOwner:
    audit: AuditLogger = field(default_factory=AuditLogger)

    @contextmanager
    def agreed(self, actor: User, act: OwnerAct | None) -> Iterator[None]:
        """The transaction of the act, which spends the approval; a rollback gives it back. None needs no approval.

        DomainError (CONFLICT) when another owner has to agree first: that is asked for then.
        """
        with transaction.atomic():
            if act is None or self._spend(actor, act):
                yield
                return
        raise self._asked(actor, act)

    def decide(self, owner: User, key: UUID, *, approve: bool) -> Approval:
        """DomainError: NOT_FOUND; CONFLICT when it is decided already; FORBIDDEN for whoever asked, for whom it is
        about, and for whoever may not do it themselves, which is recorded.
        """
        with transaction.atomic():
            row = Approval.objects.live().select_for_update().filter(pk=key).first()
            if row is None:
                raise DomainError("not_found", "There is no such approval.", Kind.NOT_FOUND)
            refusal = _refusal(owner, row)
            if refusal is None:
                if row.state != ApprovalState.PENDING:
                    raise DomainError("decided_already", f"It is {row.state} already.", Kind.CONFLICT)
                row.state = ApprovalState.APPROVED if approve else ApprovalState.REJECTED
                row.decided_by, row.decided_at = owner, timezone.now()
                row.save(update_fields=["state", "decided_by", "decided_at"])
                self._record(Action.APPROVAL_GIVEN if approve else Action.APPROVAL_REFUSED, owner, row)
        if refusal is not None:
            details: dict[str, DetailValue] = {"reason": refusal, "operation": row.operation}
            self.audit.record(Action.ACCESS_DENIED, Outcome.REFUSED, actor=owner, target=row, details=details)
            raise DomainError(refusal, _MESSAGES[refusal], Kind.FORBIDDEN)
        return row

    def _spend(self, actor: User, act: OwnerAct) -> bool:
        if not get_orchestrator().authentication_service.second_owner_required:
            return True
        approved = Approval.objects.live().filter(
            actor=actor, fingerprint=act.fingerprint, state=ApprovalState.APPROVED
        )
        first = approved.values_list("pk", flat=True).first()
        return first is not None and bool(approved.filter(pk=first).update(state=ApprovalState.SPENT))

    def _asked(self, actor: User, act: OwnerAct) -> DomainError:
        Approval.objects.filter(state=ApprovalState.PENDING, expires_at__lte=timezone.now()).delete()
        try:
            with transaction.atomic():
                row = Approval.objects.create(
                    actor=actor,
                    operation=act.operation,
                    permission=act.permission,
                    target=act.target,
                    details=dict(act.details),
                    fingerprint=act.fingerprint,
                    expires_at=timezone.now() + _DECIDED_WITHIN,
                )
                self._record(Action.APPROVAL_ASKED, actor, row)
        except IntegrityError:
            row = Approval.objects.get(actor=actor, fingerprint=act.fingerprint, state=ApprovalState.PENDING)
        return DomainError(
            "second_owner_needed",
            f"Another owner must approve this first: approval {row.pk}. Then do it again.",
            Kind.CONFLICT,
        )

    def _record(self, action: Action, actor: User, row: Approval) -> None:
        self.audit.record(
            action, actor=actor, target=row, details={"operation": row.operation, "digest": row.fingerprint}
        )


_MESSAGES = {
    "acts_on_self": "Nobody decides on what they asked for, or on what is done to them.",
    "permission_missing": "You may not do this yourself.",
}


def _refusal(owner: User, row: Approval) -> str | None:
    if row.actor_id == owner.pk or row.target == reference(owner):
        return "acts_on_self"
    return None if owner.is_active and owner.has_perm(row.permission) else "permission_missing"
