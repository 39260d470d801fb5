"""What somebody asked for under the GDPR: a copy of their data, or that it goes."""

from __future__ import annotations

from typing import Any

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from config.uuid7 import uuid7

FOLDER = "exports"


class RequestKind(models.TextChoices):
    EXPORT = "export"
    ERASURE = "erasure"


class RequestState(models.TextChoices):
    """An export is pending, running, ready (or failed), expired; an erasure pending, then done or cancelled."""

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DONE = "done"


def place(request: PrivacyRequest, filename: str) -> str:
    """Where the encrypted file lies: by our own id alone."""
    return f"{FOLDER}/{request.id.hex}"


class PrivacyRequest(models.Model):
    """`due_at` is when an erasure happens, `expires_at` when the file of an export goes.

    A finished erasure stays as the receipt: without the user, with what went in counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="privacy_requests"
    )
    kind = models.CharField(max_length=8, choices=RequestKind)
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.PENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=place, max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    receipt = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(state__in=["pending", "running"]),
                name="one_open_request_of_a_kind",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="requests_newest_first"),
            models.Index(fields=["kind", "state", "due_at"], name="requests_by_due_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def drop_file(self) -> None:
        """The row forgets its file now; the bytes go when that is committed."""
        if self.file:
            storage, name = self.file.storage, str(self.file.name)
            self.file = None
            transaction.on_commit(lambda: storage.delete(name))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.drop_file()
        return super().delete(*args, **kwargs)
