"""Who waits because of failed attempts, and letting them go. Counters name nobody: that of an address is found by the
address, those of an account stand on its page, and whose it is shows of accounts that were locked lately.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.models import Counted, LockoutCounter, LockoutState, User
from accounts.services.lockout import AccountLockoutService, Factor
from adminpanel.console.acts import Act
from adminpanel.console.pages import ConsoleAdmin, Detail, column, link, user_of
from adminpanel.page_step_up import without_step_up
from adminpanel.services.lockouts import UNLOCK, LockoutAdministration
from audit.actions import Action
from audit.models import AuditLog
from config.errors import DomainError

_LATELY = timedelta(days=7)
_MOST = 200


class LockoutStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label).capitalize()) for state in LockoutState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = next((each for each in LockoutState if each.value == self.value()), None)
        return queryset.filter(LockoutCounter.in_state(state, timezone.now())) if state else queryset


class AddressForm(forms.Form):
    """Posted, because addresses of requests end up in logs."""

    address = forms.CharField(max_length=64, label="IP address of who cannot get in")


def _lift(request: HttpRequest, row: LockoutCounter, given: dict[str, Any]) -> None:
    LockoutAdministration().lift(user_of(request), row.pk, given["reason"])


@admin.register(LockoutCounter)
class LockoutAdmin(ConsoleAdmin):
    called = "Lockouts"
    permission = UNLOCK
    list_display = ("counter", "counts", "guessed", "failures", "waits", "last_failure")
    list_filter = (LockoutStateFilter, "kind")
    ordering = ("-failed_at", "key")
    change_list_template = "adminpanel/lockouts.html"
    acts = (
        Act(
            "lift",
            "Lift",
            UNLOCK,
            "Forgets the failed attempts of this counter alone; whoever it kept out may try again at once.",
            _lift,
            done="The lockout is lifted.",
            harmless=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A counter that was given back its attempt counts nothing."""
        return super().get_queryset(request).filter(failures__gt=0)

    def more_urls(self) -> list[URLPattern]:
        return [path("find/", self.admin_site.admin_view(self.find_view), name="accounts_lockoutcounter_find")]

    @without_step_up
    def find_view(self, request: HttpRequest) -> HttpResponse:
        """POST an exact network address; leads to its counter, or back with the news that there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = AddressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                found = LockoutAdministration().at_address(form.cleaned_data["address"])
            except DomainError as error:
                messages.error(request, error.message)
            else:
                if found is not None:
                    return HttpResponseRedirect(self.page_address(found))
                messages.info(request, "Nothing is counted of this address; it keeps nobody out.")
        return HttpResponseRedirect(reverse("admin:accounts_lockoutcounter_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, {**(extra_context or {}), "find_form": AddressForm()})
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            counters = {row.key: row for row in response.context_data["cl"].result_list}
            response.context_data["known"] = [
                (link(request, User, user), factor.value.replace("_", " "), counters[key].failures, told(counters[key]))
                for key, (user, factor) in _accounts(counters.keys()).items()
            ]
        return response

    @column("counter")
    def counter(self, row: LockoutCounter) -> str:
        return row.key[:16]

    @column("counts failures of")
    def counts(self, row: LockoutCounter) -> str:
        return counted(row)

    @column("guessed")
    def guessed(self, row: LockoutCounter) -> str:
        return row.factor.replace("_", " ") or "–"

    @column("state")
    def waits(self, row: LockoutCounter) -> str:
        return told(row)

    @column("last failure")
    def last_failure(self, row: LockoutCounter) -> Any:
        return _time(row.failed_at)

    def detail(self, request: HttpRequest, row: LockoutCounter) -> Detail:
        found = _accounts([row.key]).get(row.key)
        facts = [
            ("Counts failures of", counted(row)),
            *([("Account", link(request, User, found[0]))] if found else []),
            ("Guessed", row.factor.replace("_", " ") or "–"),
            ("Failed attempts in a row", row.failures),
            ("Waits from", f"{row.threshold} failures on"),
            ("Stops at", "never" if row.kind == Counted.ADDRESS else f"{row.hard_stop} failures"),
            ("State", told(row)),
            ("Last failure", _time(row.failed_at)),
        ]
        return Detail(f"Counter {row.key[:16]}", facts)


def counted(row: LockoutCounter) -> str:
    """What the failures are counted of, in words."""
    said = {
        Counted.ACCOUNT: "an account, or a name that no account has",
        Counted.DEVICE: "a known device of an account",
        Counted.SESSION: "somebody signed in who is asked again",
        Counted.ADDRESS: "a network address, over all accounts",
    }
    return said[Counted(row.kind)] if row.kind else "not said: last counted before kinds were noted"


def told(row: LockoutCounter) -> str:
    """The state in words."""
    state = row.state(timezone.now())
    if state == LockoutState.WAITS:
        return f"waits until {_time(row.blocked_until):%Y-%m-%d %H:%M:%S}"
    return str(state.label)


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
