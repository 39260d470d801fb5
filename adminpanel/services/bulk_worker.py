"""Does a bulk job chunk by chunk: each is one transaction of a few statements with one entry in the trail."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import AuthSession, EndReason, Purpose, User
from accounts.services.credentials import CredentialService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.one_time_tokens import OneTimeTokens, valid_for
from accounts.services.outbox import Outbox
from accounts.services.roles import RoleService
from adminpanel.models import BulkAct, BulkJob, BulkOutcome, BulkRow, BulkState
from adminpanel.services.bulk import forget_invitations, left_alone, may
from adminpanel.services.invitations import Inviter
from adminpanel.services.ranks import refusals
from audit.actions import Action
from audit.logger import AuditLogger
from config.orchestrator import get_orchestrator

# rows are locked for as long as their chunk takes; some acts write to each of them
_CHUNK = {BulkAct.FORCE_PASSWORD_RESET: 500, BulkAct.ERASE: 500, BulkAct.INVITE: 100}
_DEFAULT_CHUNK = 1000
_SECONDS = 120.0  # of work in one task, well under its time limit


@dataclass(frozen=True, slots=True)
class BulkWorker:
    """The job's row is locked for each chunk, so two workers on one job take turns and a cancel falls in between."""

    credentials: CredentialService = field(default_factory=CredentialService)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)
    roles: RoleService = field(default_factory=RoleService)
    erasure: ErasureService = field(default_factory=ErasureService)
    inviter: Inviter = field(default_factory=Inviter)
    audit: AuditLogger = field(default_factory=AuditLogger)
    chunk: int | None = None
    seconds: float = _SECONDS

    def run(self, key: UUID) -> bool:
        """Whether nothing is left to do; False when the time was up before."""
        until = time.monotonic() + self.seconds
        while self._one_chunk(key):
            if time.monotonic() > until:
                return False
        return True

    @transaction.atomic
    def _one_chunk(self, key: UUID) -> bool:
        """Whether there may be another."""
        job = BulkJob.objects.select_for_update(of=("self",)).filter(pk=key, state=BulkState.RUNNING).first()
        if job is None:
            return False
        act, actor = BulkAct(job.act), job.actor
        if actor is None or not may(actor, act, job.role):
            return self._finish(job, BulkState.STOPPED)
        size = self.chunk or _CHUNK.get(act, _DEFAULT_CHUNK)
        pending = job.rows.filter(outcome=BulkOutcome.PENDING).order_by("pk")[:size]
        rows = dict(pending.values_list("user_id", "pk"))
        if not rows:
            return self._finish(job, BulkState.DONE)
        # rows are done in their order, so that between these two none is of another chunk
        chunk = job.rows.filter(pk__range=(min(rows.values()), max(rows.values())))
        if act == BulkAct.INVITE:
            outcomes: Mapping[UUID, BulkOutcome] = self.inviter.invite(rows.values())
        else:
            outcomes = self._outcomes(actor, job, chunk)
        _keep(chunk, rows, outcomes)
        changed = [user for user, outcome in outcomes.items() if outcome == BulkOutcome.CHANGED]
        if changed:
            self._do(job, changed, chunk.filter(outcome=BulkOutcome.CHANGED).values("user_id"))
        self.audit.record(
            Action.BULK_CHUNK_DONE,
            actor=actor,
            target=job,
            details={
                "operation": act.value,
                "reason": job.reason,
                "ids": [str(each) for each in changed],
                "count": len(rows),
                **({"role": job.role.group.name} if job.role else {}),
            },
        )
        job.processed += len(rows)
        job.changed += len(changed)
        job.touched_at = timezone.now()
        job.save(update_fields=["processed", "changed", "touched_at"])
        return True

    def _outcomes(self, actor: User, job: BulkJob, chunk: QuerySet[BulkRow]) -> Mapping[UUID, BulkOutcome]:
        """As the accounts are now, which may differ from what the dry run saw; locks them."""
        chosen = User.objects.filter(pk__in=chunk.values("user_id"))
        users = list(chosen.select_for_update().only("is_staff", "is_superuser").order_by("pk"))
        refused = refusals(actor, users)
        idle = set(chosen.filter(left_alone(BulkAct(job.act), job.role)).values_list("pk", flat=True))
        outcomes = dict.fromkeys(chunk.values_list("user_id", flat=True), BulkOutcome.MISSING)
        outcomes |= {user.pk: BulkOutcome.UNCHANGED if user.pk in idle else BulkOutcome.CHANGED for user in users}
        return outcomes | dict.fromkeys(refused, BulkOutcome.REFUSED)

    def _do(self, job: BulkJob, keys: Collection[UUID], chosen: QuerySet[Any]) -> None:
        """`chosen` is the query of these keys."""
        users = User.objects.filter(pk__in=chosen)
        match BulkAct(job.act):
            case BulkAct.SUSPEND:
                self.credentials.revoke_many(chosen, EndReason.ENDED_BY_STAFF, is_active=False)
            case BulkAct.REINSTATE:
                users.update(is_active=True)
            case BulkAct.END_SESSIONS:
                live = AuthSession.objects.filter(user__in=chosen, ended_at__isnull=True)
                self.credentials.sessions.end(list(live.only("pk")), EndReason.ENDED_BY_STAFF)
            case BulkAct.FORCE_PASSWORD_RESET:
                self.credentials.revoke_many(
                    chosen,
                    EndReason.CREDENTIALS_CHANGED,
                    password=make_password(None),
                    password_changed_at=timezone.now(),
                    password_needs_second_factor=False,
                )
                self._mail_resets(list(users.filter(is_active=True)))
            case BulkAct.GIVE_ROLE | BulkAct.TAKE_ROLE if job.role:
                self.roles.settle_many(keys, job.role, given=job.act == BulkAct.GIVE_ROLE)
            case BulkAct.ERASE:
                self.erasure.request_many(list(users), reason=job.reason)

    def _mail_resets(self, users: Collection[User]) -> None:
        seconds = get_orchestrator().authentication_service.password_reset_seconds
        tokens = self.tokens.issue_many(users, Purpose.RESET_PASSWORD, seconds)
        letters = [(user.email, tokens[user.pk]) for user in users]
        self.outbox.mail_many(MailName.PASSWORD_RESET_FORCED, letters, valid_for=valid_for(seconds))

    def _finish(self, job: BulkJob, state: BulkState) -> bool:
        job.state, job.finished_at = state, timezone.now()
        job.save(update_fields=["state", "finished_at"])
        forget_invitations(job)
        return False


def _keep(chunk: QuerySet[BulkRow], rows: Mapping[UUID, int], outcomes: Mapping[UUID, BulkOutcome]) -> None:
    """The commonest outcome goes to all rows of the chunk, the others then to those that have them."""
    for number, (outcome, _) in enumerate(Counter(outcomes.values()).most_common()):
        keys = [rows[user] for user, each in outcomes.items() if each == outcome] if number else []
        (chunk.filter(pk__in=keys) if number else chunk).update(outcome=outcome)
