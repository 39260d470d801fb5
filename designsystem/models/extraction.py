"""One measurement of one picture: asked for, under way, done with its tokens, or failed with its reason."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem
from designsystem.models.source_image import SourceImage

if TYPE_CHECKING:
    from accounts.models import User

LEASE = timedelta(minutes=6)  # longer than the hard limit of a task
MAX_ATTEMPTS = 3  # a picture that took three workers with it is not tried again
OVERDUE = timedelta(seconds=30)  # after which a waiting row is sent again: the broker may have lost it


class ExtractionState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class Provider(models.TextChoices):
    """Who measures."""

    LOCAL = "local"


class ExtractionQuerySet(models.QuerySet["Extraction"]):
    def visible_to(self, user: User) -> ExtractionQuerySet:
        """One's own."""
        return self.filter(owner=user)

    def claimable(self) -> ExtractionQuerySet:
        """Rows that wait, and rows whose worker let its lease run out."""
        lost = models.Q(state=ExtractionState.RUNNING, lease_until__lt=timezone.now())
        return self.filter(models.Q(state=ExtractionState.QUEUED) | lost)

    def overdue(self) -> ExtractionQuerySet:
        """Claimable rows that no worker came for in time."""
        return self.claimable().exclude(state=ExtractionState.QUEUED, queued_at__gt=timezone.now() - OVERDUE)

    def claim(self, key: uuid.UUID) -> Extraction | None:
        """The row, now leased to the caller; None when it is another's, finished or gone.

        `attempts` is the fencing token: only who holds the latest may write the outcome.
        """
        now = timezone.now()
        claimed = (
            self.claimable()
            .filter(pk=key, attempts__lt=MAX_ATTEMPTS)
            .update(
                state=ExtractionState.RUNNING,
                lease_until=now + LEASE,
                attempts=models.F("attempts") + 1,
                started_at=now,
            )
        )
        return self.select_related("image", "owner").get(pk=key) if claimed else None

    def quarantine_poison(self) -> int:
        """Set aside what was tried too often; how many that were."""
        return (
            self.claimable()
            .filter(attempts__gte=MAX_ATTEMPTS)
            .update(
                state=ExtractionState.QUARANTINED,
                error_code="quarantined",
                error_detail=f"Measuring this picture ended the worker {MAX_ATTEMPTS} times.",
                finished_at=timezone.now(),
                lease_until=None,
            )
        )


class Extraction(models.Model):
    """`document` is the DTCG text of the result, byte for byte (a JSON column would reorder it); `timings` are seconds
    a stage. `pixel_ratio_asked` is None when it was to be found.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="extractions")
    image = models.ForeignKey(SourceImage, on_delete=models.RESTRICT, related_name="extractions")
    design_system = models.ForeignKey(
        DesignSystem, null=True, blank=True, on_delete=models.SET_NULL, related_name="extractions"
    )
    name = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.LOCAL)
    state = models.CharField(max_length=16, choices=ExtractionState, default=ExtractionState.QUEUED)
    pixel_ratio_asked = models.FloatField(null=True, blank=True)
    pixel_ratio = models.FloatField(null=True, blank=True)
    pixel_ratio_confidence = models.FloatField(null=True, blank=True)
    token_count = models.PositiveIntegerField(null=True, blank=True)
    document = models.TextField(blank=True)
    timings = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ExtractionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="extractions_newest_first"),
            models.Index(fields=["state", "lease_until"], name="extractions_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def settle(self, state: ExtractionState, **outcome: object) -> bool:
        """Write the outcome unless another worker took the row over; whether it was written."""
        return (
            type(self)
            .objects.filter(pk=self.pk, state=ExtractionState.RUNNING, attempts=self.attempts)
            .update(state=state, lease_until=None, finished_at=timezone.now(), **outcome)
            == 1
        )

    def release(self) -> None:
        """Let another worker try, soon."""
        mine = type(self).objects.filter(pk=self.pk, state=ExtractionState.RUNNING, attempts=self.attempts)
        mine.update(state=ExtractionState.QUEUED, lease_until=None, queued_at=timezone.now())
