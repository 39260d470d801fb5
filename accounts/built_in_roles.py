"""The roles that every installation has: who runs the place, and what each of them may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """`permissions` are "app.model.codename". All built-in roles need a second factor and a recent log-in."""

    name: str
    description: str
    permissions: frozenset[str]


def _accounts(*names: str) -> frozenset[str]:
    return frozenset(f"accounts.role.{name}" for name in names)


_SEES_USERS = frozenset({"accounts.user.view_user", "accounts.authsession.view_authsession"})
_SEES_THE_TRAIL = frozenset({"audit.auditlog.view_auditlog", "audit.checkpoint.view_checkpoint"})
_SEES_ROLES = frozenset({"accounts.role.view_role"})
_SEES_KEYS = frozenset({"accounts.apikey.view_apikey"})
_SEES_PRIVACY = frozenset({"accounts.consent.view_consent", "accounts.privacyrequest.view_privacyrequest"})
# that pictures are measured and judged, and how that went; neither names nor the pictures themselves
_SEES_WORK = frozenset(
    f"designsystem.{model}.view_{model}"
    for model in (
        "baseline",
        "batch",
        "designsystem",
        "extraction",
        "tokensetversion",
        "validation",
        "webhookdelivery",
        "webhookendpoint",
    )
)
# what people work on, which is theirs: pictures, names, tokens
_SEES_PICTURES = _SEES_WORK | frozenset({"designsystem.sourceimage.view_sourceimage"})

SUPPORT = (
    _SEES_USERS
    | _SEES_ROLES
    | _SEES_PRIVACY
    | _SEES_PICTURES
    | _accounts("reveal_personal_data", "unlock_user", "force_password_reset")
)
SECURITY = (
    _SEES_USERS
    | _SEES_ROLES
    | _SEES_PRIVACY
    | _SEES_PICTURES
    | _SEES_KEYS
    | _SEES_THE_TRAIL
    | frozenset({"accounts.apikey.delete_apikey"})
    | _accounts(
        "reveal_personal_data",
        "suspend_user",
        "unlock_user",
        "force_password_reset",
        "end_sessions",
        "reset_mfa",
        "view_analytics",
        "export_audit",
    )
)
AUDITOR = _SEES_THE_TRAIL | _SEES_ROLES | _accounts("export_audit", "view_analytics")
OPERATOR = _SEES_WORK | _accounts("view_analytics", "view_system")
OWNER = (
    SUPPORT
    | SECURITY
    | AUDITOR
    | OPERATOR
    | frozenset({"accounts.user.add_user", "accounts.user.change_user"})
    | frozenset(f"accounts.role.{verb}_role" for verb in ("add", "change", "delete"))
    | _accounts("erase_user", "assign_role", "approve_owner_act", "run_bulk")
)

BUILT_IN: tuple[BuiltInRole, ...] = (
    BuiltInRole("support", "Helps people back into their accounts.", SUPPORT),
    BuiltInRole("security", "Watches over accounts, ends what is abused, reads the trail.", SECURITY),
    BuiltInRole("auditor", "Reads and exports the trail; sees no personal data.", AUDITOR),
    BuiltInRole("operator", "Keeps the service running; sees no accounts.", OPERATOR),
    BuiltInRole("owner", "May do everything in the administration, and gives roles.", OWNER),
)


def install(apps: Any) -> None:
    """Make the built-in roles what this module says; for migrations, which call it again whenever it has changed.

    Permissions that Django makes only after all migrations are made here, so that a role is whole from the start.
    """
    group_model, role_model = apps.get_model("auth", "Group"), apps.get_model("accounts", "Role")
    for role in BUILT_IN:
        group, _ = group_model.objects.get_or_create(name=role.name)
        group.permissions.set([_permission(apps, each) for each in sorted(role.permissions)])
        role_model.objects.update_or_create(
            group=group,
            defaults={"description": role.description, "built_in": True, "needs_mfa": True, "needs_step_up": True},
        )


def _permission(apps: Any, name: str) -> Any:
    app, model, codename = name.split(".")
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
    )
    return permission
