"""Secrets that work once, for one purpose, for a short time."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from accounts.fields import EncryptedTextField


class Purpose(models.TextChoices):
    """What a one-time token is good for; nothing else accepts it."""

    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    UNLOCK = "unlock"
    CONFIRM_OLD_EMAIL = "confirm_old_email"
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    CANCEL_EMAIL_CHANGE = "cancel_email_change"
    MFA_LOGIN = "mfa_login"
    CANCEL_ERASURE = "cancel_erasure"


class OneTimeTokenQuerySet(models.QuerySet["OneTimeToken"]):
    def usable(self, purpose: Purpose) -> OneTimeTokenQuerySet:
        return self.filter(purpose=purpose, used_at__isnull=True, expires_at__gt=timezone.now(), attempts_left__gt=0)

    def void_with_credentials(self) -> int:
        """Void the unspent ones, as every credential dies; how many. What keeps an account from being erased opens
        nothing and stays: else whoever took the account over could take it from its owner by a new password.
        """
        return self.filter(used_at__isnull=True).exclude(purpose=Purpose.CANCEL_ERASURE).update(used_at=timezone.now())


class OneTimeToken(models.Model):
    """`digest` is the SHA-256 of a long token, or the keyed digest of a short code, which has few `attempts_left`.

    `payload` is what the token is about, for instance the number that a code was sent to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="one_time_tokens")
    purpose = models.CharField(max_length=24, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    payload = EncryptedTextField(null=True, blank=True)
    attempts_left = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OneTimeTokenQuerySet] = OneTimeTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["user", "purpose"], name="tokens_of_a_user")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
