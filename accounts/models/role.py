"""A role: one of Django's groups with what it is for, and what its holders must prove before they use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db import models

if TYPE_CHECKING:
    from accounts.models.user import User


class RoleQuerySet(models.QuerySet["Role"]):
    def of(self, user: User) -> RoleQuerySet:
        """The roles that the user holds."""
        return self.filter(group__user=user)


class Role(models.Model):
    """Name, members and permissions are the group's, so Django's own checks see them.

    `needs_mfa`: holders need a second factor for everything; `needs_step_up`: and a recent log-in to use the role.
    Built-in roles come from `accounts.built_in_roles` and are not changed by hand.
    """

    group = models.OneToOneField(Group, on_delete=models.CASCADE, primary_key=True, related_name="role")
    description = models.CharField(max_length=500, blank=True)
    built_in = models.BooleanField(default=False, editable=False)
    needs_mfa = models.BooleanField(default=True)
    needs_step_up = models.BooleanField(default=True)

    objects = RoleQuerySet.as_manager()

    class Meta:
        # what staff do to others, beyond Django's view, add, change and delete
        permissions = [
            ("reveal_personal_data", "Can see personal data of others, with a reason that is recorded"),
            ("suspend_user", "Can suspend and reinstate accounts"),
            ("unlock_user", "Can unlock accounts"),
            ("force_password_reset", "Can force a new password"),
            ("end_sessions", "Can end the sessions of others"),
            ("reset_mfa", "Can remove the second factors of others"),
            ("erase_user", "Can erase accounts"),
            ("assign_role", "Can give and take roles"),
            ("approve_owner_act", "Can approve what another owner wants to do"),
            ("run_bulk", "Can act on many accounts at once"),
            ("view_analytics", "Can see the analytics"),
            ("view_system", "Can see the configuration, masked, and the queues"),
            ("export_audit", "Can export the audit trail"),
        ]

    def __str__(self) -> str:
        return self.group.name

    @property
    def permissions(self) -> set[str]:
        """As "app.codename", as `has_perm` takes them."""
        found = self.group.permissions.values_list("content_type__app_label", "codename")
        return {f"{app}.{codename}" for app, codename in found}
