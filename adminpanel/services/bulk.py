"""Acts on many accounts: prepared as a dry run that names every row, started, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from adminpanel import dispatch
from adminpanel.models import BulkAct, BulkJob, BulkOutcome, BulkRow, BulkState
from adminpanel.services.ranks import refusals
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind

RUN_BULK = "accounts.run_bulk"
NEEDS = {
    BulkAct.SUSPEND: "accounts.suspend_user",
    BulkAct.REINSTATE: "accounts.suspend_user",
    BulkAct.FORCE_PASSWORD_RESET: "accounts.force_password_reset",
    BulkAct.END_SESSIONS: "accounts.end_sessions",
}
# whom an act leaves as they are, by `is_active`
LEAVES_ALONE = {BulkAct.SUSPEND: False, BulkAct.REINSTATE: True}


def may(actor: User | None, act: BulkAct) -> bool:
    """Whether the actor may do this to many: both to act on many and to do it at all."""
    return actor is not None and actor.is_active and actor.has_perms([RUN_BULK, NEEDS[act]])


@dataclass(frozen=True, slots=True)
class BulkService:
    audit: AuditLogger = field(default_factory=AuditLogger)

    def prepare(self, actor: User, act: BulkAct, reason: str, users: QuerySet[User], named: Sequence[UUID]) -> BulkJob:
        """A dry run over `users` and those `named` by id: one row an account with what would come of it. Nothing is
        done before `start`. DomainError when the actor may not, or when there is nobody.
        """
        if not may(actor, act):
            self.audit.record(
                Action.ACCESS_DENIED,
                Outcome.REFUSED,
                actor=actor,
                details={"reason": "permission_missing", "operation": act.value},
            )
            raise DomainError("permission_missing", "You may not do this.", Kind.FORBIDDEN)
        with transaction.atomic():
            job = BulkJob.objects.create(actor=actor, act=act, reason=reason)
            _insert(job, users if not named else User.objects.filter(pk__in=named))
            found = set(job.rows.values_list("user_id", flat=True)) if named else set()
            lost = [each for each in dict.fromkeys(named) if each not in found]
            BulkRow.objects.bulk_create(
                [BulkRow(job=job, user_id=each, expected=BulkOutcome.MISSING) for each in lost], batch_size=1000
            )
            self._expect(actor, job)
            job.total = job.rows.count()
            if not job.total:
                raise DomainError("nobody_found", "There is no such account.", Kind.UNPROCESSABLE)
            job.save(update_fields=["total"])
        return job

    def start(self, actor: User, key: UUID) -> BulkJob:
        """Have the rows of the dry run done, by whoever looked at it. Starting twice is starting once."""
        with transaction.atomic():
            job = _locked(key)
            if job.actor_id != actor.pk:
                raise DomainError("not_yours", "Whoever prepared the job starts it.", Kind.FORBIDDEN)
            if job.state != BulkState.PREVIEWED:
                return job
            job.state, job.started_at, job.touched_at = BulkState.RUNNING, timezone.now(), timezone.now()
            job.save(update_fields=["state", "started_at", "touched_at"])
            self.audit.record(
                Action.BULK_STARTED,
                actor=actor,
                target=job,
                details={"operation": job.act, "count": job.total, "reason": job.reason},
            )
            dispatch.run_bulk_on_commit(job.pk)
        return job

    def cancel(self, actor: User, key: UUID) -> BulkJob:
        """No further chunk; what was done stays done. DomainError (CONFLICT) when it is over."""
        with transaction.atomic():
            job = _locked(key)
            if job.state not in (BulkState.PREVIEWED, BulkState.RUNNING):
                raise DomainError("bulk_over", f"The job is {job.state} already.", Kind.CONFLICT)
            job.state, job.finished_at = BulkState.CANCELLED, timezone.now()
            job.save(update_fields=["state", "finished_at"])
            self.audit.record(Action.BULK_CANCELLED, actor=actor, target=job, details={"count": job.processed})
        return job

    def _expect(self, actor: User, job: BulkJob) -> None:
        idle = LEAVES_ALONE.get(BulkAct(job.act))
        if idle is not None:
            unchanged = User.objects.filter(is_active=idle).values("pk")
            job.rows.filter(user_id__in=unchanged).update(expected=BulkOutcome.UNCHANGED)
        judged = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | Q(pk=actor.pk))
        refused = refusals(actor, list(judged))
        job.rows.filter(user_id__in=list(refused)).update(expected=BulkOutcome.REFUSED)


def counts(job: BulkJob, column: str) -> dict[str, int]:
    """How many rows of the job have each value of `column` (`expected` or `outcome`)."""
    found = job.rows.values_list(column).annotate(count=Count("pk")).order_by()
    return {each.value: 0 for each in BulkOutcome} | dict(found)


def _locked(key: UUID) -> BulkJob:
    job = BulkJob.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if job is None:
        raise DomainError("not_found", "There is no such job.", Kind.NOT_FOUND)
    return job


def _insert(job: BulkJob, users: QuerySet[User]) -> None:
    """One statement, whether it is ten accounts or a million."""
    chosen, values = users.order_by().values("id").query.sql_with_params()
    key = BulkJob._meta.pk.get_db_prep_value(job.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {BulkRow._meta.db_table} (job_id, user_id, expected, outcome)"  # noqa: S608 - our own names
            f" SELECT %s, chosen.id, %s, %s FROM ({chosen}) AS chosen",
            [key, BulkOutcome.CHANGED.value, BulkOutcome.PENDING.value, *values],
        )
