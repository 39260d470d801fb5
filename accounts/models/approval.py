"""What an owner wants to do and another owner must agree to first."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings  # noqa: TID251 - AUTH_USER_MODEL: Django's way to name the user in a foreign key
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.uuid7 import uuid7


class ApprovalState(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPENT = "spent"  # what was approved has been done


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def live(self) -> ApprovalQuerySet:
        """Those that are not over."""
        return self.filter(state__in=[ApprovalState.PENDING, ApprovalState.APPROVED], expires_at__gt=timezone.now())


class Approval(models.Model):
    """`fingerprint` binds it to one act of one actor on one target with these `details`, which name nobody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    operation = models.CharField(max_length=64)
    permission = models.CharField(max_length=100)
    target = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=16, choices=ApprovalState, default=ApprovalState.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects: ClassVar[ApprovalQuerySet] = ApprovalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "fingerprint"], condition=Q(state="pending"), name="an_act_is_asked_for_once"
            )
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="approvals_newest_first")]

    def __str__(self) -> str:
        return f"{self.operation} {self.pk}"
