"""Passkeys (WebAuthn credentials), and the ceremonies that are open for one."""

from __future__ import annotations

import uuid

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from accounts.fields import EncryptedTextField


class Passkey(models.Model):
    """`credential_id` is base64url, as browsers send it; `public_key` is COSE, and no secret.

    `synced` passkeys may be on several devices of their owner; the others never leave theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    synced = models.BooleanField()
    name = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="passkeys_newest_first")]

    def __str__(self) -> str:
        return str(self.pk)


class CeremonyPurpose(models.TextChoices):
    """What the answer to a challenge is good for."""

    REGISTRATION = "registration"
    LOGIN = "login"
    REAUTHENTICATION = "reauthentication"


class PasskeyCeremony(models.Model):
    """One challenge that waits for its answer. Answering deletes the row: of parallel answers one finds it.

    `session` is the one that registers or proves itself again; None for somebody who signs in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=16, choices=CeremonyPurpose)
    session = models.ForeignKey("accounts.AuthSession", on_delete=models.CASCADE, null=True, related_name="+")
    challenge = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
