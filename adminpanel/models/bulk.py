"""A job on many accounts: first only looked at, row by row, then done in chunks that can be stopped in between."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - AUTH_USER_MODEL: Django's way to name the user in a foreign key
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import EncryptedTextField
from config.uuid7 import uuid7

OVERDUE = timedelta(seconds=60)  # after which a running job is sent again: its worker was lost


class BulkAct(models.TextChoices):
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    FORCE_PASSWORD_RESET = "force_password_reset"  # noqa: S105
    END_SESSIONS = "end_sessions"
    GIVE_ROLE = "give_role"
    TAKE_ROLE = "take_role"
    ERASE = "erase"
    INVITE = "invite"


class BulkState(models.TextChoices):
    PREVIEWED = "previewed"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"  # whoever started it may not do it any more


class BulkOutcome(models.TextChoices):
    """Of a row; `PENDING` while nothing was done."""

    PENDING = "pending"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    MISSING = "missing"


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    def overdue(self) -> BulkJobQuerySet:
        """Running jobs of which nothing was heard for a while."""
        return self.filter(state=BulkState.RUNNING, touched_at__lt=timezone.now() - OVERDUE)


class BulkJob(models.Model):
    """`role` is what acts on roles give or take. Of `total` rows `processed` are done, `changed` with an effect."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=32, choices=BulkAct)
    role = models.ForeignKey("accounts.Role", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=BulkState, default=BulkState.PREVIEWED)
    total = models.PositiveIntegerField(default=0)
    processed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[BulkJobQuerySet] = BulkJobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["touched_at"], name="bulk_running", condition=Q(state="running"))]

    def __str__(self) -> str:
        return str(self.pk)


class BulkRow(models.Model):
    """One account of a job. No foreign key to it: what was done stays told when the account is gone.

    Somebody to invite has the id that the account will have. `expected` is what the dry run found, `outcome` what came
    of it.
    """

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    user_id = models.UUIDField()
    expected = models.CharField(max_length=16, choices=BulkOutcome)
    outcome = models.CharField(max_length=16, choices=BulkOutcome, default=BulkOutcome.PENDING)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "user_id"], name="an_account_once_a_bulk_job")]
        indexes = [
            models.Index(fields=["job", "id"], name="bulk_pending", condition=Q(outcome="pending")),
            models.Index(fields=["job", "outcome", "expected"], name="bulk_rows_by_outcome"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BulkInvitation(models.Model):
    """Whom a row of a job invites; goes when that is done, or when the job is over without it."""

    row = models.OneToOneField(BulkRow, on_delete=models.CASCADE, primary_key=True, related_name="invitation")
    email = EncryptedTextField()
    name = EncryptedTextField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)
