"""Mail and other work that waits to leave; what is in it stays encrypted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import OutboxMessage
from adminpanel.console.pages import ConsoleAdmin, Detail, column, short


@admin.register(OutboxMessage)
class OutboxAdmin(ConsoleAdmin):
    called = "Outbox"
    permission = "accounts.view_system"
    list_display = ("message", "kind", "state", "attempts", "due_at", "created_at")
    list_filter = ("kind",)
    ordering = ("due_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).defer("payload")

    @column("message")
    def message(self, row: OutboxMessage) -> str:
        return short(row.pk)

    @column("state")
    def state(self, row: OutboxMessage) -> str:
        if row.attempts:
            return "failed before, is tried again"
        return "due" if row.due_at <= timezone.now() else "waits"

    def detail(self, request: HttpRequest, row: OutboxMessage) -> Detail:
        facts = [
            ("Kind", row.get_kind_display()),
            ("State", self.state(row)),
            ("Attempts", row.attempts),
            ("Due", row.due_at),
            ("Since", row.created_at),
        ]
        return Detail(f"Message {row.pk}", facts)
