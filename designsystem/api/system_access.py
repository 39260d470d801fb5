"""The caller's design systems: what they may not see is not there, what they may only see they cannot change."""

from __future__ import annotations

import uuid

from rest_framework.request import Request

from accounts.api.current_user import user_of
from config.api.lookup import found_or_404
from config.errors import DomainError, Kind
from designsystem.models import DesignSystem, MemberRole


def system_of(request: Request, id: uuid.UUID, at_least: MemberRole = MemberRole.VIEWER) -> DesignSystem:
    """The design system; 404 for strangers, 403 for members whose role is not enough."""
    found: DesignSystem = found_or_404(DesignSystem.objects.visible_to(user_of(request)), pk=id)
    if not found.role_of_caller.includes(at_least):
        raise DomainError("role_insufficient", f"This takes the role of {at_least}.", Kind.FORBIDDEN)
    return found
