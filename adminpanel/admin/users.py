"""Accounts: found by exact address or number, masked until somebody reveals them with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from accounts.identifiers import canonical_email, canonical_phone
from accounts.models import Identifier, User
from adminpanel.admin.bulk import ReasonedActionForm, bulk_actions
from adminpanel.admin.user_acts import USER_ACTS
from adminpanel.admin.user_tables import tables_of
from adminpanel.console.pages import ConsoleAdmin, Detail, column, short, user_of
from adminpanel.console.reveal import is_revealed
from adminpanel.masking import masked_email, masked_name, masked_phone
from adminpanel.models import BulkAct
from adminpanel.page_step_up import without_step_up
from adminpanel.services.bulk import may
from adminpanel.services.user_administration import UserAdministration


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    _FILTERS: dict[str, dict[str, Any]] = {
        "active": {"is_active": True},
        "suspended": {"is_active": False},
        "staff": {"is_staff": True},
        "unverified": {"email_verified_at__isnull": True},
        "restricted": {"restricted_at__isnull": False},
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name.capitalize()) for name in self._FILTERS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**self._FILTERS.get(self.value() or "", {}))


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in Group.objects.order_by("name").values_list("name", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class FindForm(forms.Form):
    """Posted, because addresses of requests end up in logs."""

    who = forms.CharField(max_length=320, label="E-mail address, phone number or account id")


@admin.register(User)
class UserAdmin(ConsoleAdmin):
    called = "Accounts"
    list_display = ("account", "address", "person", "state", "staff", "created_at")
    list_filter = (StateFilter, RoleFilter, "created_at")
    ordering = ("-created_at", "-id")
    change_list_template = "adminpanel/user_list.html"
    detail_template = "adminpanel/user.html"
    acts = USER_ACTS
    action_form = ReasonedActionForm

    def get_actions(self, request: HttpRequest) -> Any:
        """Acts on many prepare a dry run; who may not act on many has none."""
        return bulk_actions(request)

    def more_urls(self) -> list[URLPattern]:
        return [path("find/", self.admin_site.admin_view(self.find_view), name="accounts_user_find")]

    @without_step_up
    def find_view(self, request: HttpRequest) -> HttpResponse:
        """POST an exact identifier; leads to the account, or back with the news that there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = FindForm(request.POST or None)
        user = _found(form.cleaned_data["who"]) if request.method == "POST" and form.is_valid() else None
        if user is not None:
            return HttpResponseRedirect(self.page_address(user))
        messages.warning(request, "No account has exactly this address, number or id.")
        return HttpResponseRedirect(reverse("admin:accounts_user_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"find_form": FindForm(), "may_invite": may(user_of(request), BulkAct.INVITE)}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    @column("account")
    def account(self, user: User) -> str:
        return short(user.pk)

    @column("e-mail")
    def address(self, user: User) -> str:
        return masked_email(user.email)

    @column("name")
    def person(self, user: User) -> str | None:
        return masked_name(user.name)

    @column("active", boolean=True)
    def state(self, user: User) -> bool:
        return user.is_active

    @column("staff", boolean=True)
    def staff(self, user: User) -> bool:
        return user.is_staff

    def detail(self, request: HttpRequest, row: User) -> Detail:
        clear = is_revealed(request, row)
        locked = row.pk in UserAdministration().locked_among([row])
        facts = [
            ("E-mail", row.email if clear else masked_email(row.email)),
            ("Phone", row.phone if clear else masked_phone(row.phone)),
            ("Name", row.name if clear else masked_name(row.name)),
            ("State", _state(row, locked)),
            ("Staff", "superuser" if row.is_superuser else "yes" if row.is_staff else "no"),
            ("E-mail verified", row.email_verified_at),
            ("Phone verified", row.phone_verified_at),
            ("Processing restricted", row.restricted_at),
            ("Password changed", row.password_changed_at),
            ("Created", row.created_at),
        ]
        title = f"Account {row.pk}"
        return Detail(title, facts, tables_of(request, row, clear), {"clear": clear})


def _state(user: User, locked: bool) -> str:
    words = ["active" if user.is_active else "suspended"]
    if locked:
        words.append("waits because of failed passwords")
    return ", ".join(words)


def _found(who: str) -> User | None:
    try:
        by_id: User | None = User.objects.filter(pk=UUID(who)).first()
        return by_id
    except ValueError:
        pass
    kinds = ((Identifier.EMAIL, canonical_email), (Identifier.PHONE, canonical_phone))
    for kind, canonical in kinds:
        try:
            found: User | None = User.objects.by_identifier(kind, canonical(who))
        except ValueError:
            continue
        if found is not None:
            return found
    return None
