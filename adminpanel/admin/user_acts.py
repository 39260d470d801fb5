"""What staff do to one account from its page: the services of the API, each with its preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import (
    ApiKey,
    AuthSession,
    KnownDevice,
    OneTimeToken,
    Passkey,
    PrivacyRequest,
    RecoveryCode,
    RequestKind,
    RequestState,
    Role,
    TotpDevice,
    User,
)
from accounts.services.roles import ASSIGN
from adminpanel.console.acts import Act, ReasonForm
from adminpanel.console.pages import Table, user_of
from adminpanel.console.reveal import note_revealed
from adminpanel.services.user_administration import ERASE, UserAdministration

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


class RolesForm(ReasonForm):
    roles = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    field_order = ("roles", "reason")

    def __init__(self, *args: Any, row: Any = None, actor: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, actor=actor, **kwargs)
        roles = Role.objects.select_related("group").order_by("group__name")
        choices = [(str(each), f"{each}: {each.description}" if each.description else str(each)) for each in roles]
        field = self.fields["roles"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        field.initial = role_names(row)
        asked = self.initial.get("roles")
        if isinstance(asked, str):
            self.initial["roles"] = [each for each in asked.split(",") if each]


def role_names(user: User) -> list[str]:
    return sorted(str(each) for each in Role.objects.of(user).select_related("group"))


def _set_roles(request: HttpRequest, row: User, given: dict[str, Any]) -> None:
    UserAdministration().set_roles(user_of(request), row.pk, given["roles"], given["reason"])


def _roles_now(user: User) -> Sequence[Table]:
    rows = [[name] for name in role_names(user)]
    return (Table("Roles now", ["Role"], rows, "None: no staff."),)


def _roles_query(user: User) -> str:
    return urlencode({"roles": ",".join(role_names(user))})


def _factors(user: User) -> Sequence[Table]:
    counts = [
        ["Authenticator app", TotpDevice.objects.filter(user=user).count()],
        ["Passkeys", Passkey.objects.filter(user=user).count()],
        ["Recovery codes", RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()],
    ]
    gone = Table("Second factors that go", ["Factor", "How many"], [each for each in counts if each[1]])
    return (gone, *_credentials(user))


def _data(user: User) -> Sequence[Table]:
    """Every row that goes with the account, table by table."""
    counts: list[list[Any]] = []
    for relation in user._meta.related_objects:
        if relation.on_delete is not models.CASCADE:
            continue
        found = relation.related_model._default_manager.filter(**{relation.field.name: user}).count()
        if found:
            counts.append([str(relation.related_model._meta.verbose_name_plural), found])
    return (Table("Rows that go after the grace period", ["What", "How many"], counts),)


def _erasure_waits(user: User) -> bool:
    waiting = PrivacyRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state=RequestState.PENDING)
    return waiting.exists()


def _erasure_may_begin(user: User) -> bool:
    return not _erasure_waits(user)


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
        "Forgets the failed attempts of the account. Devices and sessions are let go one by one, from the"
        " table of failed attempts.",
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
    Act(
        "reset-mfa",
        "Reset second factors",
        "accounts.reset_mfa",
        "For somebody who lost every factor, once you know who asks. The factors and everything below go; the password"
        " stays, and the person is told by mail.",
        _service(UserAdministration.reset_mfa),
        affected=_factors,
        done="The second factors are gone.",
    ),
    Act(
        "roles",
        "Change roles",
        ASSIGN,
        "Gives the account exactly the chosen roles; who holds one is staff. It bites on their next request.",
        _set_roles,
        affected=_roles_now,
        done="The roles are changed.",
        undo="roles",
        undo_note="set the roles back",
        undo_query=_roles_query,
        form=RolesForm,
    ),
    Act(
        "erase",
        "Erase",
        ERASE,
        "The account and all that belongs to it go after a grace period of 14 days. The person is told by mail.",
        _service(UserAdministration.erase),
        affected=_data,
        possible=_erasure_may_begin,
        done="The erasure waits for its grace period.",
        undo="cancel-erasure",
        undo_note="for 14 days, by staff or by the person; after that nothing brings the account back",
    ),
    Act(
        "cancel-erasure",
        "Cancel the erasure",
        ERASE,
        "The account stays, and the person is told by mail.",
        _service(UserAdministration.cancel_erasure),
        possible=_erasure_waits,
        done="The account stays.",
        harmless=True,
    ),
)
