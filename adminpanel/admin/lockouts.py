"""Who waits because of failed attempts. Counters name nobody; of accounts that were locked lately it is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import LockoutCounter, User
from accounts.services.lockout import AccountLockoutService, Factor
from adminpanel.console.pages import ConsoleAdmin, Detail, column, link
from audit.actions import Action
from audit.models import AuditLog

_LATELY = timedelta(days=7)
_MOST = 200


class WaitingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waits for a time"), ("stopped", "Stopped until unlocked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = int(timezone.now().timestamp() * 1000)
        stopped = Q(failures__gte=F("hard_stop"))
        if self.value() == "stopped":
            return queryset.filter(stopped)
        return queryset.filter(Q(blocked_until__gt=now) & ~stopped) if self.value() == "waiting" else queryset


@admin.register(LockoutCounter)
class LockoutAdmin(ConsoleAdmin):
    called = "Lockouts"
    permission = "accounts.unlock_user"
    list_display = ("counter", "failures", "state", "last_failure")
    list_filter = (WaitingFilter,)
    ordering = ("-failed_at", "key")
    change_list_template = "adminpanel/lockouts.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A counter that was given back its attempt counts nothing."""
        return super().get_queryset(request).filter(failures__gt=0)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            counters = {row.key: row for row in response.context_data["cl"].result_list}
            response.context_data["known"] = [
                (
                    link(request, User, user),
                    factor.value.replace("_", " "),
                    counters[key].failures,
                    _state(counters[key]),
                )
                for key, (user, factor) in _accounts(counters.keys()).items()
            ]
        return response

    @column("counter")
    def counter(self, row: LockoutCounter) -> str:
        return row.key[:16]

    @column("state")
    def state(self, row: LockoutCounter) -> str:
        return _state(row)

    @column("last failure")
    def last_failure(self, row: LockoutCounter) -> Any:
        return _time(row.failed_at)

    def detail(self, request: HttpRequest, row: LockoutCounter) -> Detail:
        found = _accounts([row.key]).get(row.key)
        facts = [
            (
                "Account",
                link(request, User, found[0]) if found else "unknown: an address, a device, or not lately locked",
            ),
            ("Factor", found[1].value.replace("_", " ") if found else "–"),
            ("Failed attempts in a row", row.failures),
            ("Waits from", f"{row.threshold} failures on"),
            ("Stops at", f"{row.hard_stop} failures"),
            ("State", _state(row)),
            ("Last failure", _time(row.failed_at)),
        ]
        return Detail(f"Counter {row.key[:16]}", facts)


def _state(row: LockoutCounter) -> str:
    if row.failures >= row.hard_stop:
        return "stopped until unlocked"
    until = _time(row.blocked_until)
    return f"waits until {until:%Y-%m-%d %H:%M:%S}" if until > timezone.now() else "counts"


def _time(milliseconds: int) -> Any:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _accounts(keys: Any) -> dict[str, tuple[UUID, Factor]]:
    """Which of the counters are those of accounts that the trail says were locked lately; two queries at most."""
    entries = AuditLog.objects.filter(action=Action.ACCOUNT_LOCKED, occurred_at__gte=timezone.now() - _LATELY)
    named = entries.order_by("-occurred_at").values_list("target", flat=True)[:_MOST]
    ids = {target.removeprefix("user:") for target in named if target.startswith("user:")}
    lockout = AccountLockoutService()
    users = User.objects.filter(pk__in=ids).only("pk") if ids else []
    return {
        key: (user.pk, factor)
        for user in users
        for factor in Factor
        if (key := lockout.account(user, "", factor).key) in keys
    }
