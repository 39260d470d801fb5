"""Acts on many accounts: prepared from the list of accounts, looked at row by row, started, watched, undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.models import Role, User
from adminpanel.admin.invitations import invite_page
from adminpanel.console.acts import ReasonForm
from adminpanel.console.pages import ConsoleAdmin, Detail, Table, column, link, short, user_of
from adminpanel.console.progress import Progress
from adminpanel.models import BulkAct, BulkJob, BulkOutcome, BulkRow, BulkState
from adminpanel.services.bulk import NEEDS, RUN_BULK, BulkService, counts, may
from config.errors import DomainError

LABELS = {
    BulkAct.SUSPEND: "Suspend the chosen accounts",
    BulkAct.REINSTATE: "Reinstate the chosen accounts",
    BulkAct.FORCE_PASSWORD_RESET: "Force new passwords for the chosen accounts",
    BulkAct.END_SESSIONS: "End all sessions of the chosen accounts",
    BulkAct.GIVE_ROLE: "Give the role to the chosen accounts",
    BulkAct.TAKE_ROLE: "Take the role from the chosen accounts",
    BulkAct.ERASE: "Erase the chosen accounts after the grace period",
}
REVERSE = {
    BulkAct.SUSPEND: BulkAct.REINSTATE,
    BulkAct.REINSTATE: BulkAct.SUSPEND,
    BulkAct.GIVE_ROLE: BulkAct.TAKE_ROLE,
    BulkAct.TAKE_ROLE: BulkAct.GIVE_ROLE,
}
_ROWS = 100


class ReasonedActionForm(ActionForm):
    """Beside the choice of what to do: why, and which role where it is about one."""

    role = forms.ModelChoiceField(Role.objects.select_related("group"), required=False, label="Role:")
    reason = forms.CharField(required=False, max_length=200, label="Reason:")


def bulk_actions(request: HttpRequest) -> dict[str, tuple[Callable[..., HttpResponse], str, str]]:
    """The actions of the list of accounts that this caller may use, as Django's lists take them."""
    user = user_of(request)
    allowed = [act for act in LABELS if user.has_perms([RUN_BULK, NEEDS[act]])]
    return {f"bulk_{act.value}": (_prepare(act), f"bulk_{act.value}", LABELS[act]) for act in allowed}


def _prepare(act: BulkAct) -> Callable[..., HttpResponse]:
    def action(page: Any, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        chosen = request.POST.get("role", "")
        role = Role.objects.filter(pk=int(chosen)).first() if chosen.isascii() and chosen.isdecimal() else None
        if act in (BulkAct.GIVE_ROLE, BulkAct.TAKE_ROLE) and role is None:
            messages.error(request, "Choose the role in the field beside the choice.")
            return HttpResponseRedirect(request.get_full_path())
        return _dry_run(request, act, queryset, role if act in (BulkAct.GIVE_ROLE, BulkAct.TAKE_ROLE) else None)

    return action


def _dry_run(request: HttpRequest, act: BulkAct, users: QuerySet[User], role: Role | None) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why in the field beside the choice: plain ASCII without @, 3 to 200 characters.")
        return HttpResponseRedirect(request.get_full_path())
    try:
        job = BulkService().prepare(user_of(request), act, form.cleaned_data["reason"], users, (), role)
    except DomainError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(request.get_full_path())
    messages.info(request, "Nothing is done yet. Look at the rows, then start.")
    return HttpResponseRedirect(reverse("admin:adminpanel_bulkjob_change", args=[job.pk]))


@admin.register(BulkJob)
class BulkJobAdmin(ConsoleAdmin):
    called = "Bulk jobs"
    permission = RUN_BULK
    list_display = ("job", "act", "state", "total", "processed", "changed", "reason", "created_at")
    list_filter = ("act", "state")
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7
    change_list_template = "adminpanel/bulk_list.html"
    detail_template = "adminpanel/bulk.html"

    def more_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        posts = (("start", self.start_view), ("cancel", self.cancel_view), ("undo", self.undo_view))
        return [
            path("invite/", view(self.invite_view), name="bulk_invite"),
            path("<str:object_id>/progress/", view(self.progress_view), name="bulk_progress"),
            *(path(f"<str:object_id>/{name}/", view(require_POST(each)), name=f"bulk_{name}") for name, each in posts),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_invite = may(user_of(request), BulkAct.INVITE)
        return super().changelist_view(request, {**(extra_context or {}), "may_invite": may_invite})

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        return invite_page(request, self)

    @column("job")
    def job(self, row: BulkJob) -> str:
        return short(row.pk)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return _progress(self.row(request, object_id)).as_json()

    def start_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, BulkService().start, "Started.")

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, BulkService().cancel, "Cancelled; what was done stays done.")

    def undo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A dry run of the opposite for exactly the accounts that this job changed."""
        job = self.row(request, object_id)
        act = REVERSE.get(BulkAct(job.act))
        if act is None or job.state not in (BulkState.DONE, BulkState.CANCELLED, BulkState.STOPPED):
            messages.error(request, "This job cannot be undone.")
            return HttpResponseRedirect(self.page_address(job))
        changed = BulkRow.objects.filter(job=job, outcome=BulkOutcome.CHANGED).values("user_id")
        return _dry_run(request, act, User.objects.filter(pk__in=changed), job.role)

    def detail(self, request: HttpRequest, row: BulkJob) -> Detail:
        page = Paginator(row.rows.order_by("user_id"), _ROWS).get_page(request.GET.get("page"))
        cells = [[link(request, User, each.user_id), each.expected, each.outcome] for each in page]
        facts = [
            ("Act", BulkAct(row.act).label),
            ("Role", link(request, Role, row.role_id, row.role)),
            ("Reason", row.reason),
            ("By", link(request, User, row.actor_id)),
            ("State", row.state),
            ("Prepared", row.created_at),
            ("Started", row.started_at),
            ("Finished", row.finished_at),
        ]
        extra = {
            "progress": _progress(row),
            "progress_url": reverse("admin:bulk_progress", args=[row.pk]),
            "expected": counts(row, "expected"),
            "page": page,
            "may_start": row.state == BulkState.PREVIEWED and row.actor_id == user_of(request).pk,
            "may_cancel": row.state in (BulkState.PREVIEWED, BulkState.RUNNING),
            "undo": LABELS.get(REVERSE.get(BulkAct(row.act), BulkAct(row.act)), "")
            if BulkAct(row.act) in REVERSE and row.changed and row.state != BulkState.RUNNING
            else "",
        }
        note = "Exactly these accounts; whoever comes to fit the choice later is left alone."
        return Detail(
            f"Bulk job {row.pk}",
            facts,
            [Table("Accounts", ["Account", "Expected", "Came of it"], cells, note=note)],
            extra,
        )

    def _do(self, request: HttpRequest, object_id: str, act: Callable[..., BulkJob], done: str) -> HttpResponse:
        job = self.row(request, object_id)
        try:
            act(user_of(request), job.pk)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, done)
        return HttpResponseRedirect(self.page_address(job))


def _progress(job: BulkJob) -> Progress:
    over = job.state != BulkState.RUNNING
    return Progress(job.state, job.processed, job.total, counts(job, "outcome"), over)
