"""Roles: made, changed, given and taken, by people who hold what they hand on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Role, User
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind

ASSIGN = "accounts.assign_role"
_VERBS = {"create": "accounts.add_role", "change": "accounts.change_role", "delete": "accounts.delete_role"}


@dataclass(frozen=True, slots=True)
class RoleService:
    """Permissions are "app.codename". A refusal is recorded, and stands in the trail whatever happens to the request.

    Permissions are read anew in each request, so a change bites on the next one.
    """

    audit: AuditLogger = field(default_factory=AuditLogger)

    def create(
        self,
        actor: User,
        name: str,
        permissions: Collection[str],
        description: str = "",
        *,
        needs_mfa: bool = True,
        needs_step_up: bool = True,
    ) -> Role:
        """A role of one's own making; DomainError for permissions that the actor lacks, or a name that is taken."""
        self._check(actor, _VERBS["create"], permissions)
        found = _rows(permissions)
        try:
            with transaction.atomic():
                group = Group.objects.create(name=name)
                group.permissions.set(found)
                role = Role.objects.create(
                    group=group, description=description, needs_mfa=needs_mfa, needs_step_up=needs_step_up
                )
                self.audit.record(Action.ROLE_CREATED, target=role, details={"permission": sorted(permissions)})
        except IntegrityError:
            detail = "There is a role of this name."
            raise DomainError(
                "name_taken", detail, Kind.CONFLICT, errors=[FieldError("/name", "taken", detail)]
            ) from None
        return role

    def set_permissions(self, actor: User, role: Role, permissions: Collection[str]) -> Role:
        """Exactly these; the actor must hold what the role had and what it gets, and it must not be built-in."""
        self._check(actor, _VERBS["change"], role.permissions | set(permissions))
        _own_making(role)
        found = _rows(permissions)
        with transaction.atomic():
            Role.objects.select_for_update().get(pk=role.pk)
            role.group.permissions.set(found)
            self.audit.record(Action.ROLE_CHANGED, target=role, details={"permission": sorted(permissions)})
        return role

    def delete(self, actor: User, role: Role) -> None:
        """Nobody holds it any more."""
        self._check(actor, _VERBS["delete"], role.permissions)
        _own_making(role)
        with transaction.atomic():
            holders = list(User.objects.filter(groups=role.group))
            self.audit.record(Action.ROLE_DELETED, target=role, details={"count": len(holders)})
            role.group.delete()
            for each in holders:
                _settle_staff(each)

    def assign(self, actor: User, user: User, role: Role) -> None:
        """Give the role; who holds one is staff. DomainError for oneself, or when the actor lacks some of it."""
        self._check(actor, ASSIGN, role.permissions, on=user)
        with transaction.atomic():
            held: User = User.objects.select_for_update().get(pk=user.pk)
            held.groups.add(role.group)
            _settle_staff(held)
            self.audit.record(Action.ROLE_ASSIGNED, target=held, details={"role": role.group.name})

    def withdraw(self, actor: User, user: User, role: Role) -> None:
        """Take the role; without any the user is no longer staff."""
        self._check(actor, ASSIGN, role.permissions, on=user)
        with transaction.atomic():
            held: User = User.objects.select_for_update().get(pk=user.pk)
            held.groups.remove(role.group)
            _settle_staff(held)
            self.audit.record(Action.ROLE_WITHDRAWN, target=held, details={"role": role.group.name})

    def needs_mfa(self, user: User) -> bool:
        """Whether a role of the user demands a second factor."""
        return Role.objects.of(user).filter(needs_mfa=True).exists()

    def _check(self, actor: User, verb: str, permissions: Collection[str], on: User | None = None) -> None:
        """The actor may do it, not to themselves, and hands on nothing that they lack."""
        reason = None
        if not actor.is_active or not actor.has_perm(verb):
            reason = "permission_missing"
        elif on is not None and on.pk == actor.pk:
            reason = "acts_on_self"
        elif not actor.has_perms(permissions):
            reason = "permission_not_held"
        if reason is None:
            return
        self.audit.record(
            Action.ACCESS_DENIED, Outcome.REFUSED, actor=actor, target=on or "", details={"reason": reason}
        )
        raise DomainError(reason, _MESSAGES[reason], Kind.FORBIDDEN)


_MESSAGES = {
    "permission_missing": "You may not do this.",
    "acts_on_self": "Nobody changes their own roles.",
    "permission_not_held": "You cannot hand on or take away what you do not hold yourself.",
}


def _own_making(role: Role) -> None:
    if role.built_in:
        raise DomainError("role_built_in", "Built-in roles stay as they are.", Kind.CONFLICT)


def _rows(permissions: Collection[str]) -> list[Permission]:
    pairs = [each.partition(".") for each in set(permissions)]
    wanted = [Q(content_type__app_label=app, codename=codename) for app, _, codename in pairs]
    found = list(Permission.objects.filter(reduce(or_, wanted))) if wanted else []
    if len(found) < len(wanted):
        detail = "There is no such permission."
        raise DomainError(
            "unknown_permission", detail, Kind.INVALID, errors=[FieldError("/permissions", "unknown", detail)]
        )
    return found


def _settle_staff(user: User) -> None:
    staff = user.is_superuser or Role.objects.of(user).exists()
    if user.is_staff != staff:
        user.is_staff = staff
        user.save(update_fields=["is_staff"])
