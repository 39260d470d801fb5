"""Questions about items of a batch that are asked together, as one Message Batch of the vision model's service."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from config.uuid7 import uuid7
from designsystem.models.batch import Batch

_LEASE = timedelta(minutes=15)  # an upload may take ten


class MessageBatchState(models.TextChoices):
    """`sending` until the service gave it an id, which may have been lost on the way back."""

    SENDING = "sending"
    RUNNING = "running"
    DONE = "done"


class MessageBatchQuerySet(models.QuerySet["MessageBatch"]):
    def due(self) -> MessageBatchQuerySet:
        """Those that somebody must look after now; while the owner restricts the processing (GDPR Art. 18), none."""
        now = timezone.now()
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        restricted = Batch.objects.filter(pk=models.OuterRef("batch"), owner__in=User.objects.restricted())
        return self.filter(free, ~models.Exists(restricted), due_at__lte=now).exclude(state=MessageBatchState.DONE)

    def claim(self, key: uuid.UUID) -> MessageBatch | None:
        """The row, now leased to the caller; None when it is another's, not due, done or gone."""
        lease = timezone.now() + _LEASE
        claimed = self.due().filter(pk=key).update(lease_until=lease, attempts=models.F("attempts") + 1)
        return self.select_related("batch__owner").get(pk=key) if claimed else None


class MessageBatch(models.Model):
    """`remote_id` is the service's. `asked_at` is when it was sent and no refusal came back: then it may exist there.
    `found` says that it was taken for ours because it looks like it, and `attempts` is the fencing token.

    Without `batch`, which was deleted, it is left to be cancelled and forgotten at the service.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="message_batches")
    remote_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=16, choices=MessageBatchState, default=MessageBatchState.SENDING)
    found = models.BooleanField(default=False)
    cancelling = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MessageBatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "message batches"
        indexes = [models.Index(fields=["state", "due_at"], name="message_batches_due")]

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, **columns: Any) -> bool:
        """Write these columns, the lease stays; whether the row was still the caller's."""
        for name, value in columns.items():
            setattr(self, name, value)
        return MessageBatch.objects.filter(pk=self.pk, attempts=self.attempts).update(**columns) == 1

    def keep_lease(self) -> bool:
        """For as long again; whether the row was still the caller's."""
        return self.keep(lease_until=timezone.now() + _LEASE)

    def leave(self, delay: float = 0, **columns: Any) -> bool:
        """Write these columns and let the lease go; nobody looks after it for `delay` seconds."""
        return self.keep(lease_until=None, due_at=timezone.now() + timedelta(seconds=delay), **columns)
