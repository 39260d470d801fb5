"""Validations and baselines: the verdict, what deviates, and the picture with its findings."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from adminpanel.console.pages import Detail, Table, column, link, short, user_of
from adminpanel.console.work import HIDDEN, WorkAdmin
from designsystem.models import Baseline, DesignSystem, Validation
from designsystem.services.validation_reports import ValidationReports

_MOST = 100


@admin.register(Validation)
class ValidationAdmin(WorkAdmin):
    list_display = ("validation", "account", "outcome", "findings", "failing", "created_at")
    list_filter = ("outcome",)
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7
    detail_template = "adminpanel/picture.html"
    has_picture = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("document")

    def picture_of(self, row: Validation) -> bytes:
        return ValidationReports().overlay(row).content

    @column("validation")
    def validation(self, row: Validation) -> str:
        return short(row.pk)

    def detail(self, request: HttpRequest, row: Validation) -> Detail:
        shown = self.shows(request, row)
        found = row.document.get("findings", []) if shown else []
        cells = [
            [each.get("level", ""), each.get("rule", ""), each.get("message", ""), each.get("count", "")]
            for each in found[:_MOST]
        ]
        facts = [
            *self.owner_fact(request, row),
            ("Name", self.hidden_or(request, row, lambda: row.name)),
            ("Outcome", row.outcome),
            ("Findings", row.findings),
            ("Of these failing", row.failing),
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Baseline", link(request, Baseline, row.baseline_id)),
            ("Judged", row.created_at),
        ]
        picture = reverse("admin:designsystem_validation_picture", args=[row.pk]) if shown else ""
        empty = "Nothing deviates." if shown else f"What deviates {HIDDEN}."
        table = Table("Findings", ["Level", "Rule", "What", "Places"], cells, empty, f"At most {_MOST}.")
        return Detail(f"Validation {row.pk}", facts, [table], {"picture": picture})


@admin.register(Baseline)
class BaselineAdmin(WorkAdmin):
    list_display = ("baseline", "design_system_id", "number", "created_at")
    ordering = ("-pk",)
    detail_template = "adminpanel/picture.html"
    has_picture = True
    owner_field = "approved_by_id"

    @column("baseline")
    def baseline(self, row: Baseline) -> str:
        return short(row.pk)

    def detail(self, request: HttpRequest, row: Baseline) -> Detail:
        may = user_of(request).has_perm("accounts.view_user")
        facts = [
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Screen", self.hidden_or(request, row, lambda: row.name)),
            ("Number", row.number),
            ("Why", self.hidden_or(request, row, lambda: row.reason)),
            *([("Approved by", link(request, User, row.approved_by_id))] if may else []),
            ("Approved", row.created_at),
            ("After", link(request, Validation, row.validation_id)),
        ]
        picture = reverse("admin:designsystem_baseline_picture", args=[row.pk]) if self.shows(request, row) else ""
        return Detail(f"Baseline {row.pk}", facts, extra={"picture": picture})
