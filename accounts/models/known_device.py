"""A device that signed in before: strangers cannot lock it out, and its log-in is no news."""

from __future__ import annotations

import uuid

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone


class KnownDevice(models.Model):
    """`fingerprint` is a keyed digest of network and user agent: it tells an old device from a new one for the notice.
    Only the device token, signed and never stored, proves the device (OWASP: device cookies).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_devices")
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="one_device_per_fingerprint")]

    def __str__(self) -> str:
        return str(self.pk)
