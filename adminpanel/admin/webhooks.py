"""Webhooks and what was delivered: whether receivers answer. Addresses may hold tokens, so only their host shows."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from adminpanel.console.pages import Detail, Table, column, link, short
from adminpanel.console.work import WorkAdmin
from designsystem.models import DesignSystem, WebhookDelivery, WebhookEndpoint

_FEW = 50


def _state(row: WebhookEndpoint) -> str:
    if row.disabled_reason:
        return f"off: {row.get_disabled_reason_display().lower()}"
    return f"failing since {row.failing_since:%Y-%m-%d %H:%M:%S}" if row.failing_since else "on"


@admin.register(WebhookEndpoint)
class WebhookAdmin(WorkAdmin):
    called = "Webhooks"
    list_display = ("webhook", "account", "state", "created_at")
    list_filter = ("disabled_reason",)
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).defer("url", "secret", "previous_secret")

    @column("webhook")
    def webhook(self, row: WebhookEndpoint) -> str:
        return short(row.pk)

    @column("state")
    def state(self, row: WebhookEndpoint) -> str:
        return _state(row)

    def detail(self, request: HttpRequest, row: WebhookEndpoint) -> Detail:
        newest = row.deliveries.defer("body").order_by("-created_at", "-pk")[:_FEW]
        cells = [
            [link(request, WebhookDelivery, each.pk), each.event, each.state, each.status_code or "–", each.created_at]
            for each in newest
        ]
        facts = [
            *self.owner_fact(request, row),
            ("Name", self.hidden_or(request, row, lambda: row.name)),
            ("Host", self.hidden_or(request, row, lambda: urlsplit(row.url).hostname)),
            ("State", _state(row)),
            ("Told of", ", ".join(row.events) or "nothing"),
            ("Design system", link(request, DesignSystem, row.design_system_id)),
            ("Paused until", row.paused_until),
            ("Made", row.created_at),
        ]
        columns = ["Delivery", "Event", "State", "Answer", "Since"]
        table = Table("Deliveries", columns, cells, note=f"The newest {_FEW}.")
        return Detail(f"Webhook {row.pk}", facts, [table])


@admin.register(WebhookDelivery)
class DeliveryAdmin(WorkAdmin):
    list_display = ("delivery", "event", "state", "status_code", "attempts", "due_at", "created_at")
    list_filter = ("state", "event")
    ordering = ("-pk",)
    acts = ()  # what was sent is not shown: it names what the owner works on

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return super().get_queryset(request).defer("body")

    @column("delivery")
    def delivery(self, row: WebhookDelivery) -> str:
        return short(row.pk)

    def detail(self, request: HttpRequest, row: WebhookDelivery) -> Detail:
        facts = [
            ("Webhook", link(request, WebhookEndpoint, row.endpoint_id)),
            ("Event", row.event),
            ("State", row.state),
            ("Answer", row.status_code),
            ("Took", f"{row.duration_ms} ms" if row.duration_ms is not None else "–"),
            ("Attempts", f"{row.attempts} of {row.attempts_allowed}"),
            ("Next attempt", row.due_at if row.under_way else "–"),
            ("Error", f"{row.error_code}: {row.error_detail}" if row.error_code else "–"),
            ("Since", row.created_at),
        ]
        return Detail(f"Delivery {row.pk}", facts)
