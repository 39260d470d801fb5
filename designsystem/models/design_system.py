"""A design system and the versions of its token set: drafts may change, what is published never does."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

from config.errors import DomainError, Kind
from config.uuid7 import uuid7
from designsystem.models.membership import DesignSystemGrant, MemberRole, role_by

if TYPE_CHECKING:
    from accounts.models import User


class DesignSystemQuerySet(models.QuerySet["DesignSystem"]):
    def visible_to(self, user: User) -> DesignSystemQuerySet:
        """One's own and what is shared with one; each row knows `role_of_caller`."""
        return self._granted(user, MemberRole.VIEWER)

    def editable_by(self, user: User) -> DesignSystemQuerySet:
        """One's own and what is shared for editing."""
        return self._granted(user, MemberRole.EDITOR)

    def locked(self, key: uuid.UUID) -> DesignSystem:
        """The row, held until the transaction ends; DomainError when it was deleted meanwhile."""
        found = self.select_for_update().filter(pk=key).first()
        if found is None:
            raise DomainError("not_found", "There is no such design system.", Kind.NOT_FOUND)
        return found

    def _granted(self, user: User, role: MemberRole) -> DesignSystemQuerySet:
        theirs = DesignSystemGrant.objects.filter(user=user)
        shared = theirs.filter(permission__codename=role.grants[-1]).values("content_object")
        own = models.When(owner=user, then=models.Value(MemberRole.OWNER))
        here = theirs.filter(content_object=models.OuterRef("pk"))
        return self.filter(models.Q(owner=user) | models.Q(pk__in=shared)).annotate(
            _role=role_by(here, MemberRole.VIEWER, own)
        )


class DesignSystem(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="design_systems")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DesignSystemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_design_system_per_owner_and_name")]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="systems_newest_first")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def role_of_caller(self) -> MemberRole:
        """What the user is to it for whom it was read with `visible_to`; whoever has just made it owns it."""
        return MemberRole(getattr(self, "_role", MemberRole.OWNER))


class VersionState(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"


class TokenSetVersion(models.Model):
    """`document` is DTCG text, byte for byte; `reason` says why the version exists; numbers count from 1."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    design_system = models.ForeignKey(DesignSystem, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=VersionState, default=VersionState.DRAFT)
    document = models.TextField()
    reason = models.CharField(max_length=500, blank=True)
    extraction = models.ForeignKey(
        "designsystem.Extraction", null=True, blank=True, on_delete=models.SET_NULL, related_name="versions"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["design_system", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.design_system_id} {self.number}"

    def publish(self) -> bool:
        """Make it final; False when it was already."""
        drafts = type(self).objects.filter(pk=self.pk, state=VersionState.DRAFT)
        published = drafts.update(state=VersionState.PUBLISHED, published_at=timezone.now()) == 1
        self.refresh_from_db()
        return published
