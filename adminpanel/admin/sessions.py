"""Who is signed in where. Addresses and programs show on the page of a revealed account only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import AuthSession, User
from adminpanel.admin.user_tables import session_state
from adminpanel.console.acts import Act
from adminpanel.console.pages import ConsoleAdmin, Detail, column, link, short, user_of
from adminpanel.services.credential_administration import CredentialAdministration

_NEWEST_FIRST = ("-created_at", "-id")


def _end(request: HttpRequest, row: AuthSession, given: dict[str, Any]) -> None:
    CredentialAdministration().end_session(user_of(request), row, given["reason"])


def _is_live(row: AuthSession) -> bool:
    return row.is_live(timezone.now())


class SignedInFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("live", "Signed in"), ("ended", "Ended"), ("expired", "Out of time")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        if self.value() == "live":
            return queryset.filter(ended_at__isnull=True, expires_at__gt=now, idle_expires_at__gt=now)
        if self.value() == "ended":
            return queryset.filter(ended_at__isnull=False)
        if self.value() == "expired":
            out = Q(expires_at__lte=now) | Q(idle_expires_at__lte=now)
            return queryset.filter(out, ended_at__isnull=True, ends_on__lte=now.date())
        return queryset


@admin.register(AuthSession)
class SessionAdmin(ConsoleAdmin):
    called = "Sessions"
    list_display = ("session", "account", "created_at", "rotated_at", "amr", "aal", "state")
    list_filter = (SignedInFilter, "created_at")
    ordering = _NEWEST_FIRST
    acts = (
        Act(
            "end",
            "End session",
            "accounts.end_sessions",
            "Signs out this one device; the account's other sessions go on.",
            _end,
            possible=_is_live,
            done="The session is over.",
        ),
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Those out of time by the day that was their last: by age, every session that goes on would be passed over."""
        expired = request.GET.get(SignedInFilter.parameter_name) == "expired"
        return ("-ends_on", *_NEWEST_FIRST) if expired else _NEWEST_FIRST

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("secret", "address", "agent")

    @column("session")
    def session(self, row: AuthSession) -> str:
        return short(row.pk)

    @column("account")
    def account(self, row: AuthSession) -> str:
        return short(row.user_id)

    @column("state")
    def state(self, row: AuthSession) -> str:
        return session_state(row)

    def detail(self, request: HttpRequest, row: AuthSession) -> Detail:
        facts = [
            ("Account", link(request, User, row.user_id)),
            ("State", session_state(row)),
            ("Began", row.created_at),
            ("Proved by", row.amr),
            ("Assurance level", row.aal),
            ("Last proved", row.auth_time),
            ("Last renewed", row.rotated_at),
            ("Ends at the latest", row.expires_at),
            ("Ended", row.ended_at),
        ]
        return Detail(f"Session {row.pk}", facts)
