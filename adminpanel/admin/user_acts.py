"""What staff do to one account from its page: the services of the API, each with its preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey, AuthSession, KnownDevice, OneTimeToken, User
from adminpanel.console.acts import Act
from adminpanel.console.pages import Table, user_of
from adminpanel.console.reveal import note_revealed
from adminpanel.services.user_administration import UserAdministration

Perform = Callable[[HttpRequest, User, dict[str, Any]], object]


def _service(method: Callable[[UserAdministration, User, UUID, str], User]) -> Perform:
    def perform(request: HttpRequest, row: User, given: dict[str, Any]) -> User:
        return method(UserAdministration(), user_of(request), row.pk, given["reason"])

    return perform


def _reveal(request: HttpRequest, row: User, given: dict[str, Any]) -> None:
    UserAdministration().reveal(user_of(request), row.pk, given["reason"])
    note_revealed(request, row)


def live_sessions(user: User) -> Table:
    rows = AuthSession.objects.live().filter(user=user).order_by("-created_at")
    cells = [[each.pk, each.created_at, each.rotated_at] for each in rows]
    return Table("Sessions that end", ["Session", "Began", "Last renewed"], cells, "Nobody is signed in.")


def live_keys(user: User) -> Table:
    rows = ApiKey.objects.live().filter(user=user).order_by("-created_at")
    cells = [[each.pk, f"…{each.ending}", ", ".join(each.scopes)] for each in rows]
    return Table("API keys that stop working", ["Key", "Ends in", "Scopes"], cells, "There is no live key.")


def _credentials(user: User) -> Sequence[Table]:
    """Everything that `CredentialService.revoke` ends."""
    tokens = OneTimeToken.objects.filter(user=user, used_at__isnull=True, expires_at__gt=timezone.now())
    others = [
        ["Mailed links and codes", tokens.count()],
        ["Known devices", KnownDevice.objects.filter(user=user).count()],
    ]
    rows = [each for each in others if each[1]]
    return (live_sessions(user), live_keys(user), Table("Also void", ["What", "How many"], rows))


def _sessions_only(user: User) -> Sequence[Table]:
    return (live_sessions(user),)


def _is_active(user: User) -> bool:
    return user.is_active


def _is_suspended(user: User) -> bool:
    return not user.is_active


USER_ACTS: tuple[Act, ...] = (
    Act(
        "reveal",
        "Reveal",
        "accounts.reveal_personal_data",
        "Shows address, number and name in clear to you for five minutes. That you looked, and why, is recorded first.",
        _reveal,
        done="Revealed for five minutes.",
        harmless=True,
    ),
    Act(
        "suspend",
        "Suspend",
        "accounts.suspend_user",
        "Nobody gets in with this account any more. What is listed below is dead at once.",
        _service(UserAdministration.suspend),
        affected=_credentials,
        possible=_is_active,
        done="The account is suspended.",
        undo="reinstate",
        undo_note="the account can be reinstated at any time; sessions, keys and links stay dead",
    ),
    Act(
        "reinstate",
        "Reinstate",
        "accounts.suspend_user",
        "The account gets in again, with the password it had.",
        _service(UserAdministration.reinstate),
        possible=_is_suspended,
        done="The account is active again.",
        undo="suspend",
        undo_note="the account can be suspended again",
    ),
    Act(
        "unlock",
        "Unlock",
        "accounts.unlock_user",
        "Forgets the failed attempts of the account; known devices keep theirs.",
        _service(UserAdministration.unlock),
        done="The failed attempts are forgotten.",
        harmless=True,
    ),
    Act(
        "end-sessions",
        "End sessions",
        "accounts.end_sessions",
        "Signs the account out everywhere.",
        _service(UserAdministration.end_sessions),
        affected=_sessions_only,
        done="The account is signed out everywhere.",
    ),
    Act(
        "force-password-reset",
        "Force a new password",
        "accounts.force_password_reset",
        "The password is void and what is listed below is dead at once. A link to set a new password is mailed.",
        _service(UserAdministration.force_password_reset),
        affected=_credentials,
        done="The password is void; a link is on its way.",
    ),
)
