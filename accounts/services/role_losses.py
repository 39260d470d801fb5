"""Who loses what when a role is narrowed or deleted: looked at before it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef

from accounts.models import Role, User

NAMED = 200  # of the accounts; the counts are of all


@dataclass(frozen=True, slots=True)
class Loss:
    """What one account can no longer do: permissions ("app.codename") that it has from nowhere else."""

    user: UUID
    permissions: tuple[str, ...]
    is_staff_after: bool


@dataclass(frozen=True, slots=True)
class RoleLosses:
    """`holders` accounts have the role, `leaving_staff` of them have no other; `losses` name NAMED at most."""

    holders: int
    leaving_staff: int
    losses: tuple[Loss, ...]


def role_losses(role: Role, after: Collection[str] | None) -> RoleLosses:
    """What its holders lose when the role has the permissions `after`, or when there is no such role (None).

    Six queries, whoever holds it.
    """
    holders = User.objects.filter(groups=role.group)
    other = Exists(Role.objects.filter(group__user=OuterRef("pk")).exclude(pk=role.pk))
    removed = role.permissions - set(after or ())
    leaving = holders.filter(~other, is_superuser=False).count() if after is None else 0
    named = list(holders.annotate(has_other=other).only("pk", "is_superuser").order_by("pk")[:NAMED])
    kept = _from_elsewhere(role, [user.pk for user in named])
    losses = [
        Loss(
            user.pk,
            () if user.is_superuser else tuple(sorted(removed - kept[user.pk])),
            after is not None or user.is_superuser or user.has_other,
        )
        for user in named
    ]
    felt = tuple(each for each in losses if each.permissions or not each.is_staff_after)
    return RoleLosses(holders.count(), leaving, felt)


def _from_elsewhere(role: Role, users: list[UUID]) -> dict[UUID, set[str]]:
    """What each of them holds by other groups, or by themselves."""
    found: dict[UUID, set[str]] = defaultdict(set)
    # of permissions, exclude(group=...) would drop what the role has in common with others
    others = Group.objects.exclude(pk=role.pk)
    by_group = Permission.objects.filter(group__in=others, group__user__in=users)
    for holder, rows in (("group__user", by_group), ("user", Permission.objects.filter(user__in=users))):
        for key, app, codename in rows.values_list(holder, "content_type__app_label", "codename"):
            found[key].add(f"{app}.{codename}")
    return found
