"""One measurement of one picture: asked for, under way, done with its tokens, or failed with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem
from designsystem.models.lease import MAX_ATTEMPTS, LeasedWork, LeasedWorkQuerySet, WorkState
from designsystem.models.source_image import SourceImage

if TYPE_CHECKING:
    from accounts.models import User


class ExtractionState(models.TextChoices):
    """As other work; `naming` is measured, and waits for names that the vision model gives to its whole batch."""

    QUEUED = WorkState.QUEUED.value
    RUNNING = WorkState.RUNNING.value
    NAMING = "naming"
    DONE = WorkState.DONE.value
    FAILED = WorkState.FAILED.value
    QUARANTINED = WorkState.QUARANTINED.value


class Provider(models.TextChoices):
    """Who measures and who names: the pixels both, or a model the names.

    Without an answer of the model `hybrid` gives what was measured, marked, and `claude` fails.
    """

    LOCAL = "local"
    CLAUDE = "claude"
    HYBRID = "hybrid"


class ExtractionQuerySet(LeasedWorkQuerySet["Extraction"]):
    def visible_to(self, user: User) -> ExtractionQuerySet:
        """One's own."""
        return self.filter(owner=user)

    def quarantine_poison(self) -> int:
        """Set aside what was tried too often; how many that were."""
        return self.poison().update(
            state=ExtractionState.QUARANTINED,
            error_code="quarantined",
            error_detail=f"Measuring this picture ended the worker {MAX_ATTEMPTS} times.",
            finished_at=timezone.now(),
            lease_until=None,
        )


class Extraction(LeasedWork):
    """`document` is the DTCG text of the result, byte for byte (a JSON column would reorder it); `timings` are seconds
    a stage. `pixel_ratio_asked` is None when it was to be found.

    `result_key` is what the result follows from (`services.result_cache`), empty where it may not be given out again;
    `cached` ones were not measured for this extraction, and `fresh` ones must be.

    `model`, `request_id`, the token counts and `dollars` are the vision model's last answer; `naming_error` says why
    it gave no names. `picture_factor` is how much smaller we made the picture for it, at most 1.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="extractions")
    image = models.ForeignKey(SourceImage, on_delete=models.RESTRICT, related_name="extractions")
    design_system = models.ForeignKey(
        DesignSystem, null=True, blank=True, on_delete=models.SET_NULL, related_name="extractions"
    )
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=ExtractionState, default=ExtractionState.QUEUED)
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.LOCAL)
    pixel_ratio_asked = models.FloatField(null=True, blank=True)
    pixel_ratio = models.FloatField(null=True, blank=True)
    pixel_ratio_confidence = models.FloatField(null=True, blank=True)
    token_count = models.PositiveIntegerField(null=True, blank=True)
    document = models.TextField(blank=True)
    timings = models.JSONField(default=dict, blank=True)
    model = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    dollars = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    picture_factor = models.FloatField(null=True, blank=True)
    naming_error = models.CharField(max_length=64, blank=True)
    result_key = models.CharField(max_length=64, blank=True)
    cached = models.BooleanField(default=False)
    fresh = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ExtractionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="extractions_newest_first"),
            models.Index(fields=["state", "lease_until"], name="extractions_by_state"),
            models.Index(fields=["owner", "result_key"], name="extractions_by_result"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
