"""A judged picture, and the baselines that pictures are compared with: approving one makes the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem, TokenSetVersion
from designsystem.models.lease import MAX_ATTEMPTS, LeasedWork, LeasedWorkQuerySet, WorkState
from designsystem.models.source_image import SourceImage

if TYPE_CHECKING:
    from accounts.models import User


class ValidationOutcome(models.TextChoices):
    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


class BaselineQuerySet(models.QuerySet["Baseline"]):
    def current(self) -> BaselineQuerySet:
        """Of each screen the baseline that holds now."""
        later = Baseline.objects.filter(
            design_system=models.OuterRef("design_system"),
            name=models.OuterRef("name"),
            number__gt=models.OuterRef("number"),
        )
        return self.filter(~models.Exists(later))


class Baseline(models.Model):
    """How the screen `name` of a design system should look; `number` counts its history from 1.

    It goes with its picture when the account that approved it is erased: the picture is theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    design_system = models.ForeignKey(DesignSystem, on_delete=models.CASCADE, related_name="baselines")
    name = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    image = models.ForeignKey(SourceImage, on_delete=models.CASCADE, related_name="baselines")
    validation = models.ForeignKey(
        "designsystem.Validation", null=True, blank=True, on_delete=models.SET_NULL, related_name="approved_as"
    )
    reason = models.CharField(max_length=500, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["design_system", "name", "number"], name="one_baseline_per_number")
        ]
        indexes = [models.Index(fields=["design_system", "-created_at", "-id"], name="baselines_newest_first")]

    def __str__(self) -> str:
        return f"{self.design_system_id} {self.number}"


class ValidationQuerySet(LeasedWorkQuerySet["Validation"]):
    def visible_to(self, user: User) -> ValidationQuerySet:
        """One's own."""
        return self.filter(owner=user)

    def quarantine_poison(self) -> int:
        """Set aside what was tried too often; how many that were."""
        return self.poison().update(
            state=WorkState.QUARANTINED,
            error_code="quarantined",
            error_detail=f"Judging this picture ended the worker {MAX_ATTEMPTS} times.",
            finished_at=timezone.now(),
            lease_until=None,
        )


class Validation(LeasedWork):
    """`document` is the verdict as JSON, from which every report is made; `version` and `baseline` are what the picture
    was held to, where these were stored ones, and `baseline_image` the picture of the baseline.

    What was asked for stays while it waits: `pixel_ratio_asked`, `settings_asked`, `compared` (whether with a baseline)
    and `tokens_asked`, a DTCG text. Outcome and counts are empty until it is judged.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="validations")
    image = models.ForeignKey(SourceImage, on_delete=models.RESTRICT, related_name="validations")
    name = models.CharField(max_length=200, blank=True)
    design_system = models.ForeignKey(
        DesignSystem, null=True, blank=True, on_delete=models.SET_NULL, related_name="validations"
    )
    version = models.ForeignKey(
        TokenSetVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="validations"
    )
    baseline = models.ForeignKey(Baseline, null=True, blank=True, on_delete=models.SET_NULL, related_name="compared")
    baseline_image = models.ForeignKey(SourceImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    pixel_ratio_asked = models.FloatField(null=True, blank=True)
    settings_asked = models.JSONField(default=dict, blank=True)
    tokens_asked = models.TextField(blank=True)
    compared = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, choices=ValidationOutcome, blank=True)
    findings = models.PositiveIntegerField(null=True, blank=True)
    failing = models.PositiveIntegerField(null=True, blank=True)
    document = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ValidationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="validations_newest_first"),
            models.Index(fields=["state", "lease_until"], name="validations_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
