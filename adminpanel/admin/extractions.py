"""Extractions: how each went; its tokens with swatches, and the picture with the places that prove them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from adminpanel.admin.token_rows import token_rows
from adminpanel.console.pages import Detail, Table, column, link, short
from adminpanel.console.work import WorkAdmin
from designsystem.models import DesignSystem, Extraction


def seconds_of(row: Any) -> str:
    """From begin to end of the work."""
    if row.started_at is None or row.finished_at is None:
        return "–"
    return f"{(row.finished_at - row.started_at).total_seconds():.2f} s"


@admin.register(Extraction)
class ExtractionAdmin(WorkAdmin):
    list_display = ("extraction", "account", "state", "provider", "token_count", "took", "error_code", "created_at")
    list_filter = ("state", "provider")
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7
    detail_template = "adminpanel/tokens.html"
    has_picture = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("document")

    @column("extraction")
    def extraction(self, row: Extraction) -> str:
        return short(row.pk)

    @column("took")
    def took(self, row: Extraction) -> str:
        return seconds_of(row)

    def detail(self, request: HttpRequest, row: Extraction) -> Detail:
        image = row.image
        facts = [
            *self.owner_fact(request, row),
            ("Name", self.hidden_or(request, row, lambda: row.name)),
            ("State", row.state),
            ("Measured by", row.provider),
            ("Model", row.model or "–"),
            ("Cost", f"{row.dollars} $" if row.dollars else "–"),
            ("Picture", f"{image.width} x {image.height} px, {image.media_type}, {image.size} bytes"),
            ("Pixel ratio", row.pixel_ratio or "–"),
            ("Tokens", row.token_count),
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Attempts", f"{row.attempts} of {row.attempts_allowed}"),
            ("Error", f"{row.error_code}: {row.error_detail}" if row.error_code else "–"),
            ("Names missing because", row.naming_error or "–"),
            ("Asked for", row.created_at),
            ("Took", seconds_of(row)),
        ]
        stages = [
            [name, f"{seconds:.3f} s"] for name, seconds in row.timings.items() if isinstance(seconds, int | float)
        ]
        tokens = token_rows(row.document) if self.shows(request, row) else None
        picture = reverse("admin:designsystem_extraction_picture", args=[row.pk]) if tokens else ""
        tables = [Table("Stages", ["Stage", "Took"], stages)]
        return Detail(f"Extraction {row.pk}", facts, tables, {"tokens": tokens, "picture": picture})
