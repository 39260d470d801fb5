"""The trail: read-only, filtered, verified, exported. Every look at it is an entry of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from adminpanel.admin.entries import details_of, named
from adminpanel.console.pages import ConsoleAdmin, Detail, column, short, user_of
from adminpanel.page_step_up import without_step_up
from adminpanel.services.trail import MOST_EXPORTED, Trail
from audit.actions import Action, Outcome
from audit.export import FORMATS
from audit.models import AuditLog, Checkpoint
from audit.sealer import unsealed_seconds
from config.errors import DomainError

_REFERENCE = r"\A[A-Za-z0-9_.:-]+\Z"
_CHAIN = "audit.view_checkpoint"
_EXPORT = "accounts.export_audit"
_PLAIN = ("action", "outcome", "actor", "target", "request_id")


class TrailFilter(forms.Form):
    """What narrows the list; all of it has an index."""

    action = forms.ChoiceField(choices=[("", "any"), *((each.value, each.value) for each in Action)], required=False)
    outcome = forms.ChoiceField(choices=[("", "any"), *((each.value, each.value) for each in Outcome)], required=False)
    actor = forms.RegexField(_REFERENCE, max_length=64, required=False, label="By")
    target = forms.RegexField(_REFERENCE, max_length=128, required=False, label="About")
    request_id = forms.RegexField(_REFERENCE, max_length=128, required=False, label="Request")
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ExportForm(forms.Form):
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="With this day.")
    format = forms.ChoiceField(choices=[(each, each) for each in FORMATS])


class _ByForm(admin.SimpleListFilter):
    """Makes the fields of TrailFilter known to Django's list, which refuses what it does not know."""

    title = "trail"
    template = "adminpanel/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def _filter_of(name: str) -> type[_ByForm]:
    return type(f"{name.title()}Filter", (_ByForm,), {"parameter_name": name})


@admin.register(AuditLog)
class AuditAdmin(ConsoleAdmin):
    called = "Trail"
    list_display = ("occurred_at", "action", "outcome", "by", "about", "told", "sealed")
    list_filter = tuple(_filter_of(name) for name in TrailFilter.base_fields)
    ordering = ("-occurred_at", "-id")
    change_list_template = "adminpanel/trail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # not joined: the rows before the page would have their seals looked up too
        rows = super().get_queryset(request).prefetch_related("seal").defer("personal")
        return rows.filter(**_lookups(TrailFilter(request.GET))) if request.GET else rows

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        form = TrailFilter(request.GET or None)
        may = user_of(request).has_perm
        context = {
            **(extra_context or {}),
            "filter_form": form,
            "may_verify": may(_CHAIN),
            "export_form": ExportForm() if may(_EXPORT) else None,
        }
        response = super().changelist_view(request, context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            shown = response.context_data["cl"].result_list  # type: ignore[index]
            filters = {name: str(value) for name, value in _lookups(form).items()}
            Trail().note_reading(filters, len(shown))
        return response

    def more_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("chain/", view(self.chain_view), name="audit_chain"),
            path("chain/verify/", view(require_POST(self.verify_view)), name="audit_verify"),
            path("export/", view(require_POST(self.export_view)), name="audit_export"),
        ]

    def chain_view(self, request: HttpRequest) -> HttpResponse:
        """How long the sealed trail is, how much waits, the newest checkpoints."""
        self._need(request, _CHAIN)
        context = {
            **self.page_context(request, "State of the chain"),
            "newest": list(Checkpoint.objects.order_by("-number")[:20]),
            "unsealed_seconds": unsealed_seconds(),
            "last_verified": AuditLog.objects.filter(action=Action.AUDIT_VERIFIED).order_by("-occurred_at").first(),
        }
        return TemplateResponse(request, "adminpanel/chain.html", context)

    @without_step_up
    def verify_view(self, request: HttpRequest) -> HttpResponse:
        """Check the newest part of the trail now."""
        self._need(request, _CHAIN)
        try:
            verdict = Trail().verify().verdict
        except DomainError as error:
            messages.error(request, error.message)
        else:
            if verdict.finding is None:
                messages.success(request, f"The chain holds: {verdict.entries} entries were checked.")
            else:
                messages.error(request, f"The chain is broken: {verdict.finding.detail}")
        return HttpResponseRedirect(reverse("admin:audit_chain"))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """A zip of sealed entries with their proofs."""
        self._need(request, _EXPORT)
        form = ExportForm(request.POST)
        if form.is_valid():
            since, until = _midnight(form.cleaned_data["since"]), _midnight(form.cleaned_data["until"], after=True)
            try:
                content = Trail().export(since, until, form.cleaned_data["format"])
            except DomainError as error:
                messages.error(request, error.message)
            else:
                name = f"audit-{timezone.now():%Y%m%dT%H%M%SZ}.zip"
                disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
                return HttpResponse(content, content_type="application/zip", headers=disposition)
        else:
            messages.error(request, f"Nothing was exported: at most {MOST_EXPORTED} entries, by whole days.")
        return HttpResponseRedirect(reverse("admin:audit_auditlog_changelist"))

    @column("by")
    def by(self, entry: AuditLog) -> str:
        return _shortened(entry.actor)

    @column("about")
    def about(self, entry: AuditLog) -> str:
        return _shortened(entry.target)

    @column("details")
    def told(self, entry: AuditLog) -> str:
        return details_of(entry)

    @column("sealed", boolean=True)
    def sealed(self, entry: AuditLog) -> bool:
        return entry.position is not None

    def detail(self, request: HttpRequest, row: AuditLog) -> Detail:
        Trail().note_reading({}, 1, row)
        facts = [
            ("When", f"{row.occurred_at:%Y-%m-%d %H:%M:%S.%f} UTC"),
            ("What", row.action),
            ("Outcome", row.outcome),
            ("By", named(request, row.actor)),
            ("On behalf of", row.on_behalf_of or "–"),
            ("About", named(request, row.target)),
            ("Session", row.session or "–"),
            ("Request", row.request_id or "–"),
            ("Proved by", row.method or "–"),
            ("Details", details_of(row) or "–"),
            ("Position in the chain", "waits for its seal" if row.position is None else row.position),
            ("Link", row.link or "–"),
        ]
        return Detail(f"Entry {row.pk}", facts)

    def _need(self, request: HttpRequest, permission: str) -> None:
        if not user_of(request).has_perm(permission):
            raise PermissionDenied


def _shortened(reference: str) -> str:
    kind, colon, key = reference.partition(":")
    return f"{kind}:{short(key)}" if colon else reference


def _lookups(form: TrailFilter) -> dict[str, Any]:
    """Lookups of the fields that are right; the form shows what is wrong with the others."""
    form.is_valid()
    given = {name: value for name, value in getattr(form, "cleaned_data", {}).items() if value}
    found: dict[str, Any] = {name: given[name] for name in _PLAIN if name in given}
    if "since" in given:
        found["occurred_at__gte"] = _midnight(given["since"])
    if "until" in given:
        found["occurred_at__lt"] = _midnight(given["until"], after=True)
    return found


def _midnight(day: Any, *, after: bool = False) -> datetime | None:
    if day is None:
        return None
    at = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
    return at + timedelta(days=1) if after else at
