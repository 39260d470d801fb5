"""Webhooks: where a person wants to be told what happens, and every message to them until it has arrived."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from accounts.fields import EncryptedTextField
from accounts.models import User
from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem
from designsystem.models.lease import LeasedWork, LeasedWorkQuerySet, WorkState

# Standard Webhooks 1.0, "Retries": the waits after the first attempt, over three days
RETRY_DELAYS = tuple(
    timedelta(**each)
    for each in (
        {"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5},
        {"hours": 10}, {"hours": 14}, {"hours": 20}, {"hours": 24},
    )
)  # fmt: skip
MAX_DELIVERY_ATTEMPTS = len(RETRY_DELAYS) + 1


class WebhookEvent(models.TextChoices):
    EXTRACTION_COMPLETED = "extraction.completed"
    EXTRACTION_FAILED = "extraction.failed"
    BATCH_COMPLETED = "batch.completed"
    BATCH_FAILED = "batch.failed"
    BATCH_CANCELLED = "batch.cancelled"
    VALIDATION_COMPLETED = "validation.completed"
    VALIDATION_FAILED = "validation.failed"
    VERSION_PUBLISHED = "version.published"
    PING = "webhook.ping"


class DisabledReason(models.TextChoices):
    """The owner's wish, nothing but failures for days, or the receiver's 410 Gone."""

    OWNER = "owner"
    FAILING = "failing"
    GONE = "gone"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, user: User) -> WebhookEndpointQuerySet:
        """One's own."""
        return self.filter(owner=user)

    def receiving(self) -> WebhookEndpointQuerySet:
        """Those that are told: of nobody who is suspended or has their processing restricted."""
        return self.filter(disabled_reason="", owner__is_active=True, owner__restricted_at__isnull=True)


class WebhookEndpoint(models.Model):
    """`design_system` None means everything of the owner. The URL is encrypted: many receivers put a token in it.

    `previous_secret` signs beside `secret` until its time is over. `failing_since` is the first failure since something
    last arrived; `paused_until` keeps a receiver that does not answer from holding up workers.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    design_system = models.ForeignKey(
        DesignSystem, null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks"
    )
    name = models.CharField(max_length=100)
    url = EncryptedTextField()
    events = models.JSONField(default=list)
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(null=True, blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=16, choices=DisabledReason, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="webhooks_newest_first")]

    def __str__(self) -> str:
        return str(self.pk)

    def secrets(self, now: datetime) -> list[str]:
        """Those that sign now, the newest first."""
        return [self.secret, *self._previous(now)]

    def _previous(self, now: datetime) -> list[str]:
        until = self.previous_secret_until
        return [self.previous_secret] if self.previous_secret and until and now < until else []


class WebhookDeliveryQuerySet(LeasedWorkQuerySet["WebhookDelivery"]):
    def visible_to(self, user: User) -> WebhookDeliveryQuerySet:
        return self.filter(endpoint__owner=user)


class WebhookDelivery(LeasedWork):
    """One message to one receiver: the outbox's row, and afterwards what became of it. `body` is sent byte for byte.

    Of the receiver's answer only `status_code` is kept: a body could be read by whoever points a webhook at a service
    that is not theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32, choices=WebhookEvent)
    body = models.TextField()
    attempts_allowed = models.PositiveSmallIntegerField(default=MAX_DELIVERY_ATTEMPTS)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["endpoint", "-created_at", "-id"], name="deliveries_newest_first"),
            models.Index(fields=["state", "due_at"], name="deliveries_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def restricting(cls) -> models.QuerySet[Any]:
        return WebhookEndpoint.objects.filter(pk=models.OuterRef("endpoint"), owner__in=User.objects.restricted())

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a receiver can tell a repetition."""
        return f"msg_{self.pk.hex}"

    @property
    def next_delay(self) -> timedelta | None:
        """The wait before the next attempt, None after the last one."""
        left = self.attempts_allowed - self.attempts
        return RETRY_DELAYS[-left] if left > 0 else None

    @property
    def under_way(self) -> bool:
        return self.state in (WorkState.QUEUED, WorkState.RUNNING)
