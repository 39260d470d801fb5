"""Design systems and their versions, with the tokens as swatches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from adminpanel.admin.token_rows import token_rows
from adminpanel.console.pages import Detail, Table, column, link, short
from adminpanel.console.work import HIDDEN, WorkAdmin
from designsystem.models import Baseline, DesignSystem, TokenSetVersion

_FEW = 50


@admin.register(DesignSystem)
class DesignSystemAdmin(WorkAdmin):
    list_display = ("system", "account", "versions", "created_at", "updated_at")
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(version_count=Count("versions"))
        return rows

    @column("design system")
    def system(self, row: DesignSystem) -> str:
        return short(row.pk)

    @column("versions")
    def versions(self, row: Any) -> int:
        return int(row.version_count)

    def detail(self, request: HttpRequest, row: Any) -> Detail:
        versions = row.versions.defer("document").order_by("-number")[:_FEW]
        baselines = Baseline.objects.filter(design_system=row).order_by("-created_at")[:_FEW]
        shown = self.shows(request, row)
        facts = [
            *self.owner_fact(request, row),
            ("Name", self.hidden_or(request, row, lambda: row.name)),
            ("Description", self.hidden_or(request, row, lambda: row.description)),
            ("Members beside the owner", row.grants.values("user").distinct().count()),
            ("Made", row.created_at),
            ("Changed", row.updated_at),
        ]
        version_rows = [
            [link(request, TokenSetVersion, each.pk, f"Version {each.number}"), each.state, each.created_at,
             each.published_at or "–"]
            for each in versions
        ]  # fmt: skip
        baseline_rows = [
            [link(request, Baseline, each.pk), each.name if shown else HIDDEN, each.number, each.created_at]
            for each in baselines
        ]
        tables = [
            Table("Versions", ["Version", "State", "Made", "Published"], version_rows),
            Table("Baselines", ["Baseline", "Screen", "Number", "Approved"], baseline_rows),
        ]
        return Detail(f"Design system {row.pk}", facts, tables)


@admin.register(TokenSetVersion)
class VersionAdmin(WorkAdmin):
    called = "Versions"
    list_display = ("version", "design_system_id", "number", "state", "created_at", "published_at")
    list_filter = ("state",)
    ordering = ("-pk",)
    detail_template = "adminpanel/tokens.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("document")

    @column("version")
    def version(self, row: TokenSetVersion) -> str:
        return short(row.pk)

    def detail(self, request: HttpRequest, row: TokenSetVersion) -> Detail:
        facts = [
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Number", row.number),
            ("State", row.state),
            ("Why", self.hidden_or(request, row, lambda: row.reason)),
            ("Made", row.created_at),
            ("Published", row.published_at),
        ]
        tokens = token_rows(row.document) if self.shows(request, row) else None
        return Detail(f"Version {row.pk}", facts, extra={"tokens": tokens})
