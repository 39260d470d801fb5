"""Who may come in: staff with the permission, in a session with a second factor, who logged in a moment ago."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from accounts.api.reach import OpenToKeys
from accounts.api.step_up import RecentLogin, SecondFactor
from accounts.models import ApiKey, Scope, User
from accounts.services.step_up import StepUp
from accounts.tokens import AccessToken


class _Holds(BasePermission):
    """Staff who hold `permission` ("app.codename"); whoever does not stands in the trail, as after every refusal."""

    code = "permission_missing"
    message = "You may not do this."
    permission = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and user.has_perm(self.permission)


class _RecentEnough(RecentLogin):
    """As recent a log-in as the role that gives `permission` asks for."""

    permission = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        if _by_key(request) or super().has_permission(request, view):
            return True
        if not isinstance(request.auth, AccessToken) or not isinstance(request.user, User):
            return False
        seconds = StepUp().seconds_for(request.user, self.permission)
        return request.auth.authenticated_within(seconds, timezone.now())


class _SecondFactor(SecondFactor):
    """Of keys that a scope lets in, the owner's account has one: `ApiKeyAuthentication` sees to that."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return _by_key(request) or super().has_permission(request, view)


def staff_with(permission: str, key_scope: Scope | None = None) -> tuple[type[BasePermission], ...]:
    """The permissions of an operation of the administration; `permission` as "app.codename".

    `key_scope` opens it to API keys with this scope of staff with the permission; no other operation is.
    """
    holds = type("Holds", (_Holds,), {"permission": permission})
    recent = type("RecentEnough", (_RecentEnough,), {"permission": permission})
    opened = (type("Opened", (OpenToKeys,), {"scope": key_scope}),) if key_scope else ()
    # the permission first: whoever lacks it learns nothing of what else would be needed
    return (IsAuthenticated, holds, _SecondFactor, recent, *opened)


def _by_key(request: Request) -> bool:
    """Whether a key came in; `refuse_beyond_scopes` lets it through only where the operation names its scope."""
    return isinstance(request.auth, ApiKey)
