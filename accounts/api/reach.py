"""Which part of the API a request reaches, and whether its credential may go there."""

from __future__ import annotations

from typing import Any

from django.urls import resolve
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, User
from accounts.services.api_keys import ApiKeyService
from config.api.throttling import count_refusal

_AREAS = {"api/design-system/": "design-system", "api/auth/": "account"}


class OpenToKeys(BasePermission):
    """Marks an operation outside of the areas that keys reach, and says by which `scope` they do."""

    scope = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True


def scope_needed(request: Request) -> str | None:
    """The scope that an API key needs for this request; None where no key reaches at all."""
    declaration = getattr((request.parser_context or {}).get("view"), "declaration", None)
    for permission in declaration.permissions if declaration else ():
        if issubclass(permission, OpenToKeys):
            named: str = permission.scope
            return named
    match = request._request.resolver_match or resolve(request.path_info)
    area = next((area for prefix, area in _AREAS.items() if match.route.startswith(prefix)), None)
    return area and f"{area}:{'read' if request.method in SAFE_METHODS else 'write'}"


def refuse_while_restricted(request: Request, user: User) -> None:
    """PermissionDenied for changes outside of the account while the processing is restricted (GDPR Art. 18)."""
    if user.restricted_at is None or request.method in SAFE_METHODS or scope_needed(request) == "account:write":
        return
    raise PermissionDenied(
        "Processing is restricted at your request; DELETE /api/auth/gdpr/restriction ends that.",
        code="processing_restricted",
    )


def refuse_beyond_scopes(request: Request, key: ApiKey) -> None:
    """PermissionDenied when the key has no scope for the request. It counts as a wrong credential of its address."""
    needed = scope_needed(request)
    if needed is None or needed not in key.scopes:
        count_refusal(request)
        ApiKeyService().refused(key, "scope")
        raise PermissionDenied(f"This API key lacks the scope {needed or 'for this'}.", code="scope_missing")
