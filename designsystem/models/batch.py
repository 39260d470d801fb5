"""Many pictures of one interface: a row for the whole with its progress, a leased row for each picture."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from accounts.models import User
from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem
from designsystem.models.extraction import Extraction, Provider
from designsystem.models.lease import LeasedWork, LeasedWorkQuerySet
from designsystem.models.model_spending import ModelSpending
from designsystem.models.source_image import SourceImage

FOLDER = "batches"


class BatchState(models.TextChoices):
    RUNNING = "running"
    MERGING = "merging"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchItemState(models.TextChoices):
    """`pending` stands in no queue yet; the queue holds a few of a batch at a time. `naming` is measured, and the
    vision model is asked for its names together with others.
    """

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    NAMING = "naming"
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


WAITING = (BatchItemState.PENDING, BatchItemState.QUEUED)
IN_FLIGHT = (BatchItemState.QUEUED, BatchItemState.RUNNING)
RETRIABLE = (BatchItemState.FAILED, BatchItemState.QUARANTINED, BatchItemState.CANCELLED)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> BatchQuerySet:
        """One's own: pictures show other people's unreleased work."""
        return self.filter(owner=user)

    def locked(self, key: uuid.UUID) -> Batch:
        """The row, held until the transaction ends. Who ends items holds it first, so that none wait in a ring."""
        return self.select_for_update().defer("document", "resolver", "conflicts").get(pk=key)


class Batch(models.Model):
    """The counts say how many items ended how; `version` grows with every change and never goes back.

    `document` is the merged DTCG text, `resolver` the themes, `conflicts` where the pictures disagree. `lease_until`
    and `attempts` belong to the worker that merges.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    design_system = models.ForeignKey(
        DesignSystem, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches"
    )
    name = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.LOCAL)
    pixel_ratio_asked = models.FloatField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.RUNNING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    document = models.TextField(blank=True)
    resolver = models.TextField(blank=True)
    conflicts = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="batches_newest_first"),
            models.Index(fields=["state", "changed_at"], name="batches_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def waiting(self) -> int:
        """How many items have not ended."""
        return self.total - self.done - self.failed - self.quarantined - self.cancelled

    def change(self, **columns: Any) -> None:
        """Write these columns of a locked row, as its next version."""
        self.version += 1
        self.changed_at = timezone.now()
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=["version", "changed_at", *columns])


def place(item: BatchItem, filename: str) -> str:
    """Where the bytes lie until they are measured: by our own ids alone."""
    return f"{FOLDER}/{item.batch_id.hex}/{item.id.hex}"


class BatchItem(LeasedWork):
    """One picture of a batch: `image` when it was kept before or since, `file` while it only came along.

    `message_batch` is where its names are asked for, and `dollars_aside` of the day's `spending` are held for them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=BatchItemState, default=BatchItemState.PENDING)
    file = models.FileField(upload_to=place, max_length=200, blank=True)
    image = models.ForeignKey(SourceImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    extraction = models.OneToOneField(
        Extraction, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch_item"
    )
    message_batch = models.ForeignKey(
        "designsystem.MessageBatch", null=True, blank=True, on_delete=models.SET_NULL, related_name="items"
    )
    spending = models.ForeignKey(ModelSpending, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dollars_aside = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LeasedWorkQuerySet["BatchItem"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_batch_item_per_position")]
        indexes = [
            models.Index(fields=["batch", "state", "position"], name="batch_items_in_order"),
            models.Index(fields=["batch", "-created_at", "-id"], name="batch_items_newest_first"),
            models.Index(fields=["state", "lease_until"], name="batch_items_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def restricting(cls) -> models.QuerySet[Any]:
        return Batch.objects.filter(pk=models.OuterRef("batch"), owner__in=User.objects.restricted())

    def read(self) -> bytes | None:
        """The bytes, None when the picture was deleted meanwhile; OSError when the storage does not answer."""
        if self.file:
            with self.file.open("rb") as file:
                return bytes(file.read())
        return self.image.read() if self.image else None
