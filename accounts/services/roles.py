"""Roles: made, changed, given and taken, by people who hold what they hand on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q

from accounts.models import Role, User
from accounts.services.second_owner import OwnerAct, SecondOwner
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue
from config.errors import DomainError, FieldError, Kind

Details = Mapping[str, DetailValue]
ASSIGN = "accounts.assign_role"
_VERBS = {"create": "accounts.add_role", "change": "accounts.change_role", "delete": "accounts.delete_role"}
_NO_MORE: Details = {}


@dataclass(frozen=True, slots=True)
class RoleService:
    """Permissions are "app.codename". A refusal is recorded, and stands in the trail whatever happens to the request.

    Permissions are read anew in each request, so a change bites on the next one.
    """

    second_owner: SecondOwner = field(default_factory=SecondOwner)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def create(
        self,
        actor: User,
        name: str,
        permissions: Collection[str],
        description: str = "",
        *,
        reason: str,
        needs_mfa: bool = True,
        needs_step_up: bool = True,
    ) -> Role:
        """A role of one's own making; DomainError for permissions that the actor lacks, or a name that is taken."""
        self._check(actor, _VERBS["create"], permissions)
        found = _rows(permissions)
        details = _details(name, permissions, {"needs_mfa": needs_mfa, "needs_step_up": needs_step_up}, reason)
        act = OwnerAct("role.create", _VERBS["create"], details=details)
        with _name_free(), self.second_owner.agreed(actor, act):
            group = Group.objects.create(name=name)
            group.permissions.set(found)
            role = Role.objects.create(
                group=group, description=description, needs_mfa=needs_mfa, needs_step_up=needs_step_up
            )
            self.audit.record(Action.ROLE_CREATED, target=role, details=details)
        return role

    def change(
        self,
        actor: User,
        role: Role,
        *,
        reason: str,
        permissions: Collection[str] | None = None,
        name: str | None = None,
        description: str | None = None,
        needs_mfa: bool | None = None,
        needs_step_up: bool | None = None,
    ) -> Role:
        """What is given, the rest stays. The actor must hold what the role had and what it gets; DomainError for a
        built-in role.
        """
        self._check(actor, _VERBS["change"], role.permissions | set(permissions or ()))
        _own_making(role)
        found = None if permissions is None else _rows(permissions)
        given = {"description": description, "needs_mfa": needs_mfa, "needs_step_up": needs_step_up}
        columns = {column: value for column, value in given.items() if value is not None}
        after = role.permissions if found is None else set(permissions or ())
        details = _details(name or role.group.name, after, columns, reason)
        act = OwnerAct("role.change", _VERBS["change"], reference(role), details)
        with _name_free(), self.second_owner.agreed(actor, act):
            held = Role.objects.select_for_update().get(pk=role.pk)
            if name:
                Group.objects.filter(pk=held.pk).update(name=name)
            if found is not None:
                held.group.permissions.set(found)
            Role.objects.filter(pk=held.pk).update(**columns)
            self.audit.record(Action.ROLE_CHANGED, target=role, details=details)
        return Role.objects.select_related("group").get(pk=role.pk)

    def delete(self, actor: User, role: Role, reason: str) -> None:
        """Nobody holds it any more; `role_losses` says beforehand who loses what."""
        self._check(actor, _VERBS["delete"], role.permissions)
        _own_making(role)
        details: Details = {"role": role.group.name, "reason": reason}
        with self.second_owner.agreed(actor, OwnerAct("role.delete", _VERBS["delete"], reference(role), details)):
            holders = list(User.objects.filter(groups=role.group))
            self.audit.record(Action.ROLE_DELETED, target=role, details={**details, "count": len(holders)})
            role.group.delete()
            for each in holders:
                _settle_staff(each)

    def assign(self, actor: User, user: User, role: Role) -> None:
        """Give the role; who holds one is staff. DomainError for oneself, or when the actor lacks some of it."""
        self._settle(actor, user, lambda held: held | {role})

    def withdraw(self, actor: User, user: User, role: Role) -> None:
        """Take the role; without any the user is no longer staff."""
        self._settle(actor, user, lambda held: held - {role})

    def set_roles(self, actor: User, user: User, roles: Collection[Role], reason: str) -> None:
        """Exactly these; the actor must hold all of what is given and taken."""
        self._settle(actor, user, lambda held: set(roles), {"reason": reason})

    def settle_many(self, users: Collection[UUID], role: Role, *, given: bool) -> None:
        """Give the role to these accounts, or take it, in a few statements. Whoever calls has checked the right to it,
        locked the accounts and records it.
        """
        memberships = User.groups.through.objects
        if given:
            memberships.bulk_create(
                [memberships.model(user_id=user, group_id=role.pk) for user in users], ignore_conflicts=True
            )
        else:
            memberships.filter(user_id__in=users, group_id=role.pk).delete()
        holds = Exists(Role.objects.filter(group__user=OuterRef("pk")))
        User.objects.filter(pk__in=users).update(is_staff=Q(is_superuser=True) | Q(holds))

    def needs_mfa(self, user: User) -> bool:
        """Whether a role of the user demands a second factor."""
        return Role.objects.of(user).filter(needs_mfa=True).exists()

    def _settle(
        self, actor: User, user: User, wanted: Callable[[set[Role]], set[Role]], why: Details = _NO_MORE
    ) -> None:
        moved, names = _moved(user, wanted)
        self._check(actor, ASSIGN, {each for role in moved for each in role.permissions}, on=user)
        act = OwnerAct("role.assign", ASSIGN, reference(user), {"role": names, **why})
        with self.second_owner.agreed(actor, act if moved else None):
            held: User = User.objects.select_for_update().get(pk=user.pk)
            if _moved(held, wanted)[0] != moved:
                raise DomainError(
                    "roles_changed", "Somebody else has just changed the roles. Look again.", Kind.CONFLICT
                )
            for role, given in moved.items():
                (held.groups.add if given else held.groups.remove)(role.group)
                action = Action.ROLE_ASSIGNED if given else Action.ROLE_WITHDRAWN
                self.audit.record(action, target=held, details={"role": role.group.name, **why})
            _settle_staff(held)

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


@contextmanager
def _name_free() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        detail = "There is a role of this name."
        raise DomainError("name_taken", detail, Kind.CONFLICT, errors=[FieldError("/name", "taken", detail)]) from None


def _details(name: str, permissions: Collection[str], columns: Mapping[str, object], reason: str) -> Details:
    fields = [key if isinstance(value, str) else f"{key}={value}" for key, value in sorted(columns.items())]
    return {"role": name, "permission": sorted(permissions), "fields": fields, "reason": reason}


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


def _moved(user: User, wanted: Callable[[set[Role]], set[Role]]) -> tuple[dict[Role, bool], list[str]]:
    """The roles to give (True) and to take (False), and the names of all that the user has then."""
    held = set(Role.objects.of(user).select_related("group"))
    after = wanted(held)
    return {role: role in after for role in held ^ after}, sorted(role.group.name for role in after)


def _settle_staff(user: User) -> None:
    staff = user.is_superuser or Role.objects.of(user).exists()
    if user.is_staff != staff:
        user.is_staff = staff
        user.save(update_fields=["is_staff"])
