"""Sensitive acts need somebody who proved who they are a moment ago, not just a session."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User
from accounts.services.mfa import SecondFactors
from accounts.tokens import AccessToken
from config.api.declaration import declaration_of
from config.orchestrator import get_orchestrator


class RecentLogin(BasePermission):
    """Lets through whose `auth_time` is at most `step_up_seconds` old."""

    code = "reauthentication_required"
    message = "Prove again who you are with POST /api/auth/reauthenticate, then repeat this with the new access token."

    def has_permission(self, request: Request, view: Any) -> bool:
        seconds = get_orchestrator().authentication_service.step_up_seconds
        return isinstance(request.auth, AccessToken) and request.auth.authenticated_within(seconds, timezone.now())


class SecondFactor(BasePermission):
    """Lets through sessions that proved two factors (AAL2, NIST SP 800-63B-4)."""

    code = "second_factor_required"
    message = "This needs a session with a second factor: add one under /api/auth/mfa, or sign in again with it."

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, AccessToken) and bool(request.auth["aal"] >= 2)


class BeforeSecondFactor(BasePermission):
    """Marks what is open to whoever must have a second factor and has none yet: what it takes to add one, to look at
    oneself, and to leave. `refuse_before_second_factor` closes everything else.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        return True


def refuse_before_second_factor(request: Request, user: User) -> None:
    """PermissionDenied for staff who came in with one factor, at everything that is not open to them."""
    if not user.is_staff or not SecondFactors().required_of(user):
        return
    declaration = declaration_of(request)
    if declaration is None or BeforeSecondFactor not in declaration.permissions:
        raise PermissionDenied(
            "Your account must have a second factor. Add one with POST /api/auth/mfa/totp, or sign in again with it.",
            code="second_factor_needed",
        )
