"""Acts on many accounts: prepared as a dry run that names every row, started, cancelled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import PrivacyRequest, RequestKind, RequestState, Role, User
from accounts.retention import RetentionRule
from accounts.services.roles import ASSIGN
from accounts.services.second_owner import OwnerAct, SecondOwner
from adminpanel import dispatch
from adminpanel.models import BulkAct, BulkInvitation, BulkJob, BulkOutcome, BulkRow, BulkState
from adminpanel.services.invitations import Invitee, add_rows
from adminpanel.services.ranks import refusals
from adminpanel.services.user_administration import ERASE
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

RUN_BULK = "accounts.run_bulk"
NEEDS = {
    BulkAct.SUSPEND: "accounts.suspend_user",
    BulkAct.REINSTATE: "accounts.suspend_user",
    BulkAct.FORCE_PASSWORD_RESET: "accounts.force_password_reset",
    BulkAct.END_SESSIONS: "accounts.end_sessions",
    BulkAct.GIVE_ROLE: ASSIGN,
    BulkAct.TAKE_ROLE: ASSIGN,
    BulkAct.ERASE: ERASE,
    BulkAct.INVITE: "accounts.add_user",
}
_STARTED_WITHIN = timedelta(days=7)
_OF_A_ROLE = (BulkAct.GIVE_ROLE, BulkAct.TAKE_ROLE)


def may(actor: User | None, act: BulkAct, role: Role | None = None) -> bool:
    """Whether the actor may do this to many: to act on many, to do it at all, and to hand on what is in the role."""
    if actor is None or not actor.is_active or (act in _OF_A_ROLE and role is None):
        return False
    return actor.has_perms([RUN_BULK, NEEDS[act], *(role.permissions if role else ())])


def left_alone(act: BulkAct, role: Role | None) -> Q:
    """Whom the act leaves as they are."""
    match act:
        case BulkAct.SUSPEND | BulkAct.REINSTATE:
            return Q(is_active=act == BulkAct.REINSTATE)
        case BulkAct.GIVE_ROLE:
            return Q(groups=role.pk if role else None)
        case BulkAct.TAKE_ROLE:
            return ~Q(groups=role.pk if role else None)
        case BulkAct.ERASE:
            waiting = PrivacyRequest.objects.filter(kind=RequestKind.ERASURE, state=RequestState.PENDING)
            return Q(pk__in=waiting.values("user"))
        case _:
            return Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class BulkService:
    second_owner: SecondOwner = field(default_factory=SecondOwner)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def prepare(
        self,
        actor: User,
        act: BulkAct,
        reason: str,
        users: QuerySet[User],
        named: Sequence[UUID],
        role: Role | None = None,
    ) -> BulkJob:
        """A dry run over `users` and those `named` by id: one row an account with what would come of it. Nothing is
        done before `start`. DomainError when the actor may not, or when there is nobody.
        """
        self._check(actor, act, role)
        with transaction.atomic():
            job = BulkJob.objects.create(actor=actor, act=act, reason=reason, role=role)
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

    def prepare_invitations(self, actor: User, reason: str, people: Collection[Invitee]) -> BulkJob:
        """The same for people who are to get an account."""
        self._check(actor, BulkAct.INVITE, None)
        with transaction.atomic():
            job = BulkJob.objects.create(actor=actor, act=BulkAct.INVITE, reason=reason, total=len(people))
            add_rows(job, people)
        return job

    def start(self, actor: User, key: UUID) -> BulkJob:
        """Have the rows of the dry run done, by whoever looked at it. Starting twice is starting once."""
        prepared = BulkJob.objects.filter(pk=key, actor=actor, state=BulkState.PREVIEWED).first()
        with self.second_owner.agreed(actor, _owner_act(prepared) if prepared else None):
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
            forget_invitations(job)
            self.audit.record(Action.BULK_CANCELLED, actor=actor, target=job, details={"count": job.processed})
        return job

    def _check(self, actor: User, act: BulkAct, role: Role | None) -> None:
        if may(actor, act, role):
            return
        details: dict[str, DetailValue] = {"reason": "permission_missing", "operation": act.value}
        self.audit.record(Action.ACCESS_DENIED, Outcome.REFUSED, actor=actor, details=details)
        raise DomainError("permission_missing", "You may not do this.", Kind.FORBIDDEN)

    def _expect(self, actor: User, job: BulkJob) -> None:
        unchanged = User.objects.filter(left_alone(BulkAct(job.act), job.role)).values("pk")
        job.rows.filter(user_id__in=unchanged).update(expected=BulkOutcome.UNCHANGED)
        judged = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | Q(pk=actor.pk))
        refused = refusals(actor, list(judged))
        job.rows.filter(user_id__in=list(refused)).update(expected=BulkOutcome.REFUSED)


def forget_invitations(job: BulkJob) -> None:
    """Nobody needs the addresses of a job that is over."""
    BulkInvitation.objects.filter(row__job=job).delete()


def counts(job: BulkJob, column: str) -> dict[str, int]:
    """How many rows of the job have each value of `column` (`expected` or `outcome`)."""
    found = job.rows.values_list(column).annotate(count=Count("*")).order_by()
    return {each.value: 0 for each in BulkOutcome} | dict(found)


def _drop_unstarted(now: datetime) -> int:
    over = BulkJob.objects.filter(state=BulkState.PREVIEWED, created_at__lte=now - _STARTED_WITHIN)
    _, by_model = over.delete()
    return by_model.get(BulkJob._meta.label, 0)


def _drop_old(now: datetime) -> int:
    before = now - timedelta(days=get_orchestrator().audit_service.retention_days)
    _, by_model = BulkJob.objects.filter(finished_at__lte=before).delete()
    return by_model.get(BulkJob._meta.label, 0)


_TABLES = ("adminpanel.bulkjob", "adminpanel.bulkrow", "adminpanel.bulkinvitation")
BULK_RULES = (
    RetentionRule("bulk jobs that nobody started", "7 days", "a dry run grows old", _drop_unstarted, of=_TABLES),
    RetentionRule(
        "bulk jobs that are over",
        "{LOUPE_AUDIT_RETENTION_DAYS} days",
        "as long as the trail tells of them",
        _drop_old,
        of=_TABLES,
    ),
)


def _owner_act(job: BulkJob) -> OwnerAct:
    details: dict[str, DetailValue] = {"operation": job.act, "count": job.total, "reason": job.reason}
    if job.role:
        details["role"] = job.role.group.name
    return OwnerAct("bulk", RUN_BULK, reference(job), details)


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
