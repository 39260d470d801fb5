"""Sharing a design system: members come, change their role, and go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import transaction
from guardian.shortcuts import assign_perm

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger, reference
from config.errors import DomainError, Kind
from designsystem.models import DesignSystem, DesignSystemGrant, MemberRole

MAX_MEMBERS = 200


@dataclass(frozen=True, slots=True)
class MemberService:
    """Whoever calls it has made sure that the actor may."""

    audit: AuditLogger = field(default_factory=AuditLogger)

    def set_role(self, system: DesignSystem, user_id: uuid.UUID, role: MemberRole) -> DesignSystemGrant:
        """The member, now with exactly this role; DomainError for an account that is not there or owns the system."""
        with transaction.atomic():
            held = DesignSystem.objects.locked(system.pk)
            user = User.objects.filter(pk=user_id, is_active=True).first()
            if user is None:
                raise DomainError("user_not_found", "There is no such account.", Kind.NOT_FOUND)
            if held.owner_id == user.pk:
                raise DomainError("is_owner", "This is the account that the design system belongs to.", Kind.CONFLICT)
            grants = DesignSystemGrant.objects.filter(content_object=held, user=user)
            if not grants.exists() and DesignSystemGrant.members(held).count() >= MAX_MEMBERS:
                raise DomainError("too_many_members", f"At most {MAX_MEMBERS} members.", Kind.CONFLICT)
            grants.exclude(permission__codename__in=role.grants).delete()
            for each in role.grants:
                assign_perm(each, user, held)
            self._record(held, user_id, role)
        member: DesignSystemGrant = DesignSystemGrant.members(held).select_related("user").get(user=user)
        return member

    def remove(self, system: DesignSystem, user_id: uuid.UUID) -> None:
        """No member any more; DomainError when they were none."""
        with transaction.atomic():
            if not DesignSystemGrant.objects.filter(content_object=system, user_id=user_id).delete()[0]:
                raise DomainError("not_found", "There is no such member.", Kind.NOT_FOUND)
            self._record(system, user_id, None)

    def _record(self, system: DesignSystem, user_id: uuid.UUID, role: MemberRole | None) -> None:
        details = {"role": role.value if role else None, "ids": [reference(User(pk=user_id))]}
        self.audit.record(Action.DESIGN_SYSTEM_SHARED, target=system, details=details)
