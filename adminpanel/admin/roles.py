"""Roles and the approvals of second owners, by the services of the API with their rank rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import Approval, ApprovalState, Role, User
from accounts.services.role_losses import NAMED, RoleLosses, role_losses
from accounts.services.roles import RoleService
from accounts.services.second_owner import APPROVE, SecondOwner
from adminpanel.admin.entries import named
from adminpanel.console.acts import Act, ActForm, ReasonForm
from adminpanel.console.pages import ConsoleAdmin, Detail, Table, column, link, short, user_of
from config.errors import DomainError

_HOLDERS = 50


class RoleForm(ReasonForm):
    """What a role is; of permissions only those that the caller holds can be chosen."""

    name = forms.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}\Z", help_text="Letters, digits, space and _.-")
    description = forms.CharField(max_length=500, required=False)
    permissions = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    needs_mfa = forms.BooleanField(required=False, initial=True, label="Holders need a second factor")
    needs_step_up = forms.BooleanField(required=False, initial=True, label="Using it asks for a recent log-in")

    def __init__(self, *args: Any, row: Any = None, actor: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, actor=actor, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])
        field = self.fields["permissions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = _held_by(actor)
        if row is not None:
            before = {"name": row.group.name, "description": row.description, "permissions": sorted(row.permissions)}
            self.initial = {**before, "needs_mfa": row.needs_mfa, "needs_step_up": row.needs_step_up, **self.initial}


def _change(request: HttpRequest, row: Role, given: dict[str, Any]) -> None:
    RoleService().change(user_of(request), row, **given)


def _delete(request: HttpRequest, row: Role, given: dict[str, Any]) -> None:
    RoleService().delete(user_of(request), row, given["reason"])


def _own_making(row: Role) -> bool:
    return not row.built_in


def _lost_by_change(row: Role, given: dict[str, Any]) -> Sequence[Table]:
    return [_lost(role_losses(row, given["permissions"]))]


def _lost_by_deletion(row: Role) -> Sequence[Table]:
    return [_lost(role_losses(row, None))]


def _lost(found: RoleLosses) -> Table:
    rows = [[each.user, ", ".join(each.permissions) or "–", _yes(each.is_staff_after)] for each in found.losses]
    note = f"Of {found.holders} who hold the role; {found.leaving_staff} have no other and are no longer staff."
    if found.holders > NAMED:
        note += f" The first {NAMED} are looked at."
    columns = ["Account", "Loses", "Stays staff"]
    return Table("Who loses what", columns, rows, "Nobody loses anything by it.", note)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


@admin.register(Role)
class RoleAdmin(ConsoleAdmin):
    list_display = ("name", "description", "built_in", "needs_mfa", "needs_step_up", "holders")
    list_filter = ("built_in",)
    ordering = ("-built_in", "group__name")
    list_select_related = ("group",)
    change_list_template = "adminpanel/role_list.html"
    acts = (
        Act(
            "change",
            "Change",
            "accounts.change_role",
            "The role is exactly this from the next request of its holders on.",
            _change,
            possible=_own_making,
            done="The role is changed.",
            harmless=True,
            form=RoleForm,
            preview=_lost_by_change,
        ),
        Act(
            "delete",
            "Delete",
            "accounts.delete_role",
            "Nobody holds the role any more; who has no other is no longer staff.",
            _delete,
            affected=_lost_by_deletion,
            possible=_own_making,
            done="The role is gone.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(held=Count("group__user"))
        return rows

    def more_urls(self) -> list[URLPattern]:
        return [path("new/", self.admin_site.admin_view(self.new_view), name="accounts_role_new")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_add = user_of(request).has_perm("accounts.add_role")
        return super().changelist_view(request, {**(extra_context or {}), "may_add": may_add})

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """A role of one's own making."""
        if not user_of(request).has_perm("accounts.add_role"):
            raise PermissionDenied
        posted = request.method == "POST"
        form = RoleForm(request.POST if posted else None, actor=user_of(request))
        status = 400 if posted else 200
        if form.is_valid():
            try:
                role = RoleService().create(user_of(request), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, "The role is made.")
                return HttpResponseRedirect(self.page_address(role))
        context = {**self.page_context(request, "New role"), "form": form}
        return TemplateResponse(request, "adminpanel/role_new.html", context, status=status)

    @column("name")
    def name(self, row: Role) -> str:
        return row.group.name

    @column("holders")
    def holders(self, row: Any) -> int:
        return int(row.held)

    def detail(self, request: HttpRequest, row: Any) -> Detail:
        permissions = row.group.permissions.select_related("content_type").order_by("content_type__app_label", "name")
        users = User.objects.filter(groups=row.group).order_by("pk").values_list("pk", flat=True)[:_HOLDERS]
        may_see = user_of(request).has_perm("accounts.view_user")
        facts = [
            ("For", row.description or "–"),
            ("Built in", "yes: it stays as it is" if row.built_in else "no"),
            ("Holders need a second factor", "yes" if row.needs_mfa else "no"),
            ("Using it asks for a recent log-in", "yes" if row.needs_step_up else "no"),
            ("Holders", row.held),
        ]
        tables = [
            Table(
                "Permissions",
                ["Permission", "Says"],
                [[f"{each.content_type.app_label}.{each.codename}", each.name] for each in permissions],
            )
        ]
        if may_see:
            rows = [[link(request, User, each)] for each in users]
            tables.append(Table("Holders", ["Account"], rows, "Nobody.", f"At most {_HOLDERS}."))
        return Detail(f"Role {row.group.name}", facts, tables)


def _approve(request: HttpRequest, row: Approval, given: dict[str, Any]) -> None:
    SecondOwner().decide(user_of(request), row.pk, approve=True)


def _reject(request: HttpRequest, row: Approval, given: dict[str, Any]) -> None:
    SecondOwner().decide(user_of(request), row.pk, approve=False)


def _is_pending(row: Approval) -> bool:
    return row.state == ApprovalState.PENDING


@admin.register(Approval)
class ApprovalAdmin(ConsoleAdmin):
    permission = APPROVE
    list_display = ("approval", "operation", "target", "state", "created_at", "expires_at")
    list_filter = ("state",)
    ordering = ("-created_at", "-id")
    acts = (
        Act(
            "approve",
            "Approve",
            APPROVE,
            "Whoever asked can do it now, once.",
            _approve,
            possible=_is_pending,
            done="Approved: whoever asked can do it now.",
            form=ActForm,
        ),
        Act(
            "reject",
            "Reject",
            APPROVE,
            "It is not done; whoever asked may ask again.",
            _reject,
            possible=_is_pending,
            done="Rejected.",
            form=ActForm,
        ),
    )

    @column("approval")
    def approval(self, row: Approval) -> str:
        return short(row.pk)

    def detail(self, request: HttpRequest, row: Approval) -> Detail:
        facts = [
            ("Asked by", link(request, User, row.actor_id)),
            ("To do", row.operation),
            ("To whom or what", named(request, row.target)),
            *((name.replace("_", " ").capitalize(), str(value)) for name, value in sorted(row.details.items())),
            ("State", row.state),
            ("Decided by", link(request, User, row.decided_by_id)),
            ("Asked", row.created_at),
            ("Lapses", row.expires_at),
        ]
        return Detail(f"Approval {row.pk}", facts)


def _held_by(actor: User) -> list[tuple[str, str]]:
    held = actor.get_all_permissions()
    rows = Permission.objects.select_related("content_type").order_by("content_type__app_label", "codename")
    named_rows = ((f"{each.content_type.app_label}.{each.codename}", each.name) for each in rows)
    return [(key, f"{name} ({key})") for key, name in named_rows if key in held]
