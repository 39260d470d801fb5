"""Nobody acts on themselves, or on somebody who may do something that they may not."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db.models import Q

from accounts.models import User

MESSAGES = {
    "acts_on_self": "Nobody administers their own account here.",
    "outranked": "The account has rights that you do not hold.",
}


def refusals(actor: User, users: Collection[User]) -> dict[UUID, str]:
    """Why the actor may not act on these of the users: a code of MESSAGES by user id. At most two queries.

    What a suspended user would hold again once reinstated counts, so this does not ask `User.has_perm`.
    """
    held = set() if actor.is_superuser else actor.get_all_permissions()
    keys = [user.pk for user in users if user.is_staff or user.is_superuser]
    outrank: set[UUID] = set()
    if keys and not actor.is_superuser:
        outrank = {user.pk for user in users if user.is_superuser}
        outrank |= {key for key, permission in _permissions_of(keys) if permission not in held}
    return {
        user.pk: "acts_on_self" if user.pk == actor.pk else "outranked"
        for user in users
        if user.pk == actor.pk or user.pk in outrank
    }


def _permissions_of(keys: Collection[UUID]) -> set[tuple[UUID, str]]:
    found: set[tuple[UUID, str]] = set()
    for holder in ("group__user", "user"):
        rows = Permission.objects.filter(Q(**{f"{holder}__in": keys}))
        for key, app, codename in rows.values_list(holder, "content_type__app_label", "codename").distinct():
            found.add((key, f"{app}.{codename}"))
    return found
