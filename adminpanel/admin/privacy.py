"""Consents and what people asked for under the GDPR, read-only: people decide, the house answers."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Consent, PrivacyRequest, User
from adminpanel.console.pages import ConsoleAdmin, Detail, Table, column, link, short


@admin.register(Consent)
class ConsentAdmin(ConsoleAdmin):
    list_display = ("decision", "account", "purpose", "given", "text_version", "created_at")
    list_filter = ("purpose", "given")
    ordering = ("-pk",)  # by time: the ids are UUIDs of version 7

    @column("decision")
    def decision(self, row: Consent) -> str:
        return short(row.pk)

    @column("account")
    def account(self, row: Consent) -> str:
        return short(row.user_id)

    def detail(self, request: HttpRequest, row: Consent) -> Detail:
        facts = [
            ("Account", link(request, User, row.user_id)),
            ("For", row.get_purpose_display()),
            ("Decision", "given" if row.given else "withdrawn"),
            ("Text", row.text_version),
            ("SHA-256 of the text", row.text_sha256),
            ("When", row.created_at),
        ]
        return Detail(f"Consent {row.pk}", facts)


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ConsoleAdmin):
    called = "GDPR requests"
    list_display = ("request", "account", "kind", "state", "created_at", "due_at", "finished_at")
    list_filter = ("kind", "state")
    ordering = ("-pk",)

    @column("request")
    def request(self, row: PrivacyRequest) -> str:
        return short(row.pk)

    @column("account")
    def account(self, row: PrivacyRequest) -> str:
        return short(row.user_id or "erased")

    def detail(self, request: HttpRequest, row: PrivacyRequest) -> Detail:
        facts = [
            ("Account", link(request, User, row.user_id)),
            ("Kind", row.kind),
            ("State", row.state),
            ("Made", row.created_at),
            ("Due", row.due_at),
            ("Finished", row.finished_at),
            ("File goes", row.expires_at),
            ("Size of the file", f"{row.size} bytes" if row.size else "–"),
        ]
        receipt = [[name.replace("_", " "), count] for name, count in sorted(row.receipt.items())]
        tables = [Table("What went", ["What", "How many"], receipt)] if receipt else []
        return Detail(f"Request {row.pk}", facts, tables)
