"""The transactional outbox: what must happen after a commit is a row of that commit."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.fields import EncryptedTextField
from config.uuid7 import uuid7


class OutboxKind(models.TextChoices):
    """What sort of work waits."""

    MAIL = "mail"
    SMS = "sms"
    REGISTRATION = "registration"
    VERIFICATION = "verification"
    FORGOTTEN_PASSWORD = "forgotten_password"  # noqa: S105
    EMAIL_CHANGE = "email_change"
    PHONE_CODE = "phone_code"
    EXPORT = "export"


class OutboxMessage(models.Model):
    """One piece of work; the row goes when it is done. `payload` is JSON, encrypted: it may hold addresses and tokens.

    Whoever works on it moves `due_at` into the future first: should they die, somebody else takes it up then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=OutboxKind)
    payload = EncryptedTextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
