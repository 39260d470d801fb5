"""A change of address that waits until both mailboxes have agreed."""

from __future__ import annotations

import uuid

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from accounts.fields import EncryptedTextField


class EmailChange(models.Model):
    """At most one a user. Until both sides have confirmed, the old address is the address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_change")
    new_email = EncryptedTextField()
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
