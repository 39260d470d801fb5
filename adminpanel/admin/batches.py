"""Batches: how far each is, live, and what came of every picture."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from adminpanel.console.pages import Detail, Table, column, link, short
from adminpanel.console.progress import Progress
from adminpanel.console.work import HIDDEN, WorkAdmin
from designsystem.models import Batch, BatchState, DesignSystem, Extraction

_ROWS = 100


@admin.register(Batch)
class BatchAdmin(WorkAdmin):
    list_display = ("batch", "account", "state", "progress", "failed", "provider", "created_at")
    list_filter = ("state", "provider")
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7
    detail_template = "adminpanel/batch.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("document", "resolver", "conflicts")

    def more_urls(self) -> list[URLPattern]:
        watch = path("<str:object_id>/progress/", self.admin_site.admin_view(self.progress_view), name="batch_progress")
        return [watch]

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return _progress(self.row(request, object_id)).as_json()

    @column("batch")
    def batch(self, row: Batch) -> str:
        return short(row.pk)

    @column("progress")
    def progress(self, row: Batch) -> Any:
        done = row.total - row.waiting
        bar = '<progress max="{}" value="{}" aria-label="Progress">{}</progress> {} of {}'
        return format_html(bar, row.total or 1, done, done, done, row.total)

    def detail(self, request: HttpRequest, row: Batch) -> Detail:
        page = Paginator(row.items.select_related("extraction").order_by("position"), _ROWS)
        items = page.get_page(request.GET.get("page"))
        shown = self.shows(request, row)
        cells = [
            [
                each.position,
                (each.name or "–") if shown else HIDDEN,
                each.state,
                each.attempts,
                f"{each.error_code}: {each.error_detail}" if each.error_code else "–",
                link(request, Extraction, each.extraction_id),
            ]
            for each in items
        ]
        facts = [
            *self.owner_fact(request, row),
            ("Name", self.hidden_or(request, row, lambda: row.name)),
            ("State", row.state),
            ("Measured by", row.provider),
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Error", f"{row.error_code}: {row.error_detail}" if row.error_code else "–"),
            ("Begun", row.created_at),
            ("Finished", row.finished_at),
        ]
        columns = ["Position", "Name", "State", "Attempts", "Error", "Extraction"]
        url = reverse("admin:batch_progress", args=[row.pk])
        extra = {"progress": _progress(row), "progress_url": url, "page": items}
        return Detail(f"Batch {row.pk}", facts, [Table("Pictures", columns, cells)], extra)


def _progress(row: Batch) -> Progress:
    counts = {
        "done": row.done,
        "failed": row.failed,
        "quarantined": row.quarantined,
        "cancelled": row.cancelled,
        "waiting": row.waiting,
    }
    over = row.state not in (BatchState.RUNNING, BatchState.MERGING)
    return Progress(row.state, row.total - row.waiting, row.total, counts, over)
