"""A device that signed in before: strangers cannot lock it out, and its log-in is no news."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import connection, models
from django.utils import timezone


class KnownDeviceQuerySet(models.QuerySet["KnownDevice"]):
    def remember(self, user_id: uuid.UUID, fingerprint: str) -> tuple[uuid.UUID, bool]:
        """The user's device of this fingerprint, made when there is none; and whether it is new beside others.

        One statement, whoever brings the same device at once.
        """
        key, made = KnownDevice._meta.pk, uuid.uuid4()
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        values = [key.get_db_prep_value(made, connection), key.get_db_prep_value(user_id, connection), fingerprint, now]
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, values)
            found, others = cursor.fetchone()
        found = key.to_python(found)
        return found, bool(others) and found == made


class KnownDevice(models.Model):
    """`fingerprint` is a keyed digest of network and user agent: it tells an old device from a new one for the notice.
    Only the device token, signed and never stored, proves the device (OWASP: device cookies).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_devices")
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[KnownDevice]] = KnownDeviceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="one_device_per_fingerprint")]

    def __str__(self) -> str:
        return str(self.pk)


_REMEMBER = """
    INSERT INTO accounts_knowndevice (id, user_id, fingerprint, created_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (user_id, fingerprint) DO UPDATE SET fingerprint = excluded.fingerprint
    RETURNING id, EXISTS (SELECT 1 FROM accounts_knowndevice o
                          WHERE o.user_id = accounts_knowndevice.user_id AND o.id <> accounts_knowndevice.id)"""
