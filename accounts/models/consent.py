"""What somebody agreed to, to the letter, and when they took it back: rows are only ever added."""

from __future__ import annotations

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from config.uuid7 import uuid7


class ConsentPurpose(models.TextChoices):
    EXTERNAL_PROCESSING = "external_processing"
    PRODUCT_NEWS = "product_news"


class Consent(models.Model):
    """One decision: `given` or withdrawn. `text_sha256` proves which words were shown (`accounts.consent_texts`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=32, choices=ConsentPurpose)
    text_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    given = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["user", "purpose", "-created_at"], name="consents_newest_first")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.text_version}"
