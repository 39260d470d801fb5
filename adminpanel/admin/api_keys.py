"""API keys: seen by their last characters, revoked with a reason. Keys themselves are kept nowhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey, User
from adminpanel.admin.user_tables import key_state
from adminpanel.console.acts import Act
from adminpanel.console.pages import ConsoleAdmin, Detail, column, link, short, user_of
from adminpanel.services.credential_administration import CredentialAdministration


def _revoke(request: HttpRequest, row: ApiKey, given: dict[str, Any]) -> None:
    CredentialAdministration().revoke_api_key(user_of(request), row, given["reason"])


def _is_live(row: ApiKey) -> bool:
    return row.is_live_for(row.user, timezone.now())


class KeyStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Live"), ("revoked", "Revoked"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        filters: dict[str | None, dict[str, Any]] = {
            "live": {"revoked_at__isnull": True, "expires_at__gt": now},
            "revoked": {"revoked_at__isnull": False},
            "expired": {"revoked_at__isnull": True, "expires_at__lte": now},
        }
        return queryset.filter(**filters.get(self.value(), {}))


@admin.register(ApiKey)
class ApiKeyAdmin(ConsoleAdmin):
    called = "API keys"
    list_display = ("key", "account", "ends_in", "granted", "created_at", "expires_at", "last_used_at", "state")
    list_filter = (KeyStateFilter, "created_at")
    ordering = ("-created_at", "-id")
    acts = (
        Act(
            "revoke",
            "Revoke",
            "accounts.delete_apikey",
            "Programs that use this key are refused from their next request on. Only the owner can make another.",
            _revoke,
            possible=_is_live,
            done="The key is revoked.",
        ),
    )

    @column("key")
    def key(self, row: ApiKey) -> str:
        return short(row.pk)

    @column("account")
    def account(self, row: ApiKey) -> str:
        return short(row.user_id)

    @column("ends in")
    def ends_in(self, row: ApiKey) -> str:
        return f"…{row.ending}"

    @column("scopes")
    def granted(self, row: ApiKey) -> str:
        return ", ".join(row.scopes)

    @column("state")
    def state(self, row: ApiKey) -> str:
        return key_state(row)

    def detail(self, request: HttpRequest, row: ApiKey) -> Detail:
        facts = [
            ("Account", link(request, User, row.user_id)),
            ("State", key_state(row) if row.epoch == row.user.epoch else "void: the owner's credentials changed since"),
            ("Ends in", f"…{row.ending}"),
            ("Scopes", ", ".join(row.scopes) or "none"),
            ("Networks", ", ".join(row.networks) or "any"),
            ("Made", row.created_at),
            ("Expires", row.expires_at),
            ("Last used", row.last_used_at or "never"),
            ("Revoked", row.revoked_at),
            ("Replaced by", link(request, ApiKey, row.successor_id)),
        ]
        return Detail(f"API key {row.pk}", facts)
