"""Who else may use a design system: object permissions (django-guardian) in a table of their own.

The foreign key takes the grants with the row: guardian's generic table would leave them to whoever gets the id next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from guardian.models import UserObjectPermissionBase

if TYPE_CHECKING:
    from designsystem.models.design_system import DesignSystem

VIEW, CHANGE, DELETE = "view_designsystem", "change_designsystem", "delete_designsystem"


class MemberRole(models.TextChoices):
    """Viewers read, editors also change, add versions and publish, owners also share and delete."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    @property
    def grants(self) -> tuple[str, ...]:
        """The permissions that make a member one; each role has those of the one before."""
        return (VIEW, CHANGE, DELETE)[: list(MemberRole).index(self) + 1]

    def includes(self, other: MemberRole) -> bool:
        return len(self.grants) >= len(other.grants)


class DesignSystemGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey("designsystem.DesignSystem", on_delete=models.CASCADE, related_name="grants")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(UserObjectPermissionBase.Meta):
        indexes = [models.Index(fields=["content_object", "-created_at", "-id"], name="grants_newest_first")]

    def __str__(self) -> str:
        return f"{self.permission_id} of {self.content_object_id}"

    @classmethod
    def members(cls, system: DesignSystem) -> models.QuerySet[Any]:
        """One row a member, with their `role`."""
        grants = cls._base_manager.filter(content_object=system)
        here = grants.filter(user=models.OuterRef("user"))
        return grants.filter(permission__codename=VIEW).annotate(role=role_by(here, MemberRole.VIEWER))


def role_by(grants: models.QuerySet[Any], otherwise: MemberRole, *more: models.When) -> models.Case:
    """The highest role that the correlated `grants` make; `more` conditions come first."""
    return models.Case(
        *more,
        models.When(models.Exists(grants.filter(permission__codename=DELETE)), then=models.Value(MemberRole.OWNER)),
        models.When(models.Exists(grants.filter(permission__codename=CHANGE)), then=models.Value(MemberRole.EDITOR)),
        default=models.Value(otherwise),
        output_field=models.CharField(),
    )
