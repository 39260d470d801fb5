"""A key for programs: acts for its owner, within its scopes, from its networks, until it expires."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.joined_row import JoinedRow

if TYPE_CHECKING:
    from accounts.models.user import User

_USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a key may reach: areas of the API, to read or to change. Where it has no scope it reaches nothing.

    Of the administration there is the audit trail alone, to be read: for a SIEM that fetches it.
    """

    DESIGN_SYSTEM_READ = "design-system:read"
    DESIGN_SYSTEM_WRITE = "design-system:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ADMIN_AUDIT_READ = "admin:audit:read"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> ApiKeyQuerySet:
        """Neither revoked nor expired, and issued since the owner's credentials last changed."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), epoch=F("user__epoch"))


class ApiKey(models.Model):
    """`digest` is the SHA-256 of the key, which has 178 random bits and is never stored; `ending` its last characters.

    `epoch` is the owner's when the key was made: what ends every other credential ends the key. `networks` are CIDR
    blocks; none means any address.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    epoch = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[models.Manager[ApiKey]] = ApiKeyQuerySet.as_manager()
    by_digest: ClassVar[JoinedRow[ApiKey]]

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="api_keys_newest_first"),
            models.Index(fields=["expires_at"], name="api_keys_by_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def principal(self) -> str:
        """Whose calls are counted: the key's own, not its owner's."""
        return f"apikey:{self.pk}"

    def is_live_for(self, user: User, now: datetime) -> bool:
        """Whether it may act for this user."""
        return self.revoked_at is None and now < self.expires_at and user.is_active and self.epoch == user.epoch

    def note_use(self, now: datetime) -> None:
        """Remember when it was last used, at most once a minute."""
        before = now - _USE_NOTED_EVERY
        if self.last_used_at is None or self.last_used_at < before:
            unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
            type(self).objects.filter(unnoted, pk=self.pk).update(last_used_at=now)


ApiKey.by_digest = JoinedRow(ApiKey, "digest", "user")
