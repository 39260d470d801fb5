"""Every list can be narrowed, says by what in the document, and refuses what it does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import ApiKey, AuthSession, Passkey, Scope, User
from accounts.services.api_keys import ApiKeyService

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], APIClient]
OF_THE_PAGE = {"cursor", "page_size"}


@cache
def lists() -> dict[str, set[str]]:
    """The query parameters of every list, by its path."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    parameters = {
        path: {each["name"] for each in methods.get("get", {}).get("parameters", ()) if each["in"] == "query"}
        for path, methods in paths.items()
    }
    return {path: names for path, names in parameters.items() if "cursor" in names}


def test_every_list_names_what_it_can_be_narrowed_by() -> None:
    assert len(lists()) >= 20
    assert [path for path, names in lists().items() if not names - OF_THE_PAGE] == []


def test_a_list_refuses_what_it_does_not_know(staff: User, signed_in: SignedIn) -> None:
    staff.is_superuser = True
    staff.save()
    client, without_ids = signed_in(staff), [path for path in lists() if "{" not in path]
    assert {"/api/auth/sessions", "/api/auth/api-keys", "/api/design-system/images"} <= set(without_ids)
    for path in without_ids:
        answer = client.get(path, {"created": "today"})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_field"), path
        times = {name: "2026-01-01T00:00:00Z" for name in lists()[path] if name.startswith("created_")}
        assert client.get(path, times | {"page_size": "1"}).status_code == 200, path


def found(client: APIClient, path: str, query: dict[str, Any]) -> list[str]:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_a_list_is_narrowed_to_a_time_its_end_exclusive(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    for month in (1, 2, 3):
        key = ApiKeyService().create(alice, f"of month {month}", [Scope.ACCOUNT_READ], [], 300).key
        ApiKey.objects.filter(pk=key.pk).update(created_at=datetime(2026, month, 1, tzinfo=UTC))
    names = {str(key.pk): key.name for key in ApiKey.objects.all()}
    query: dict[str, Any] = {"created_since": "2026-01-01T00:00:00Z", "created_until": "2026-03-01T00:00:00Z"}
    assert [names[key] for key in found(client, "/api/auth/api-keys", query)] == ["of month 2", "of month 1"]
    pages = client.get("/api/auth/api-keys", {**query, "page_size": 1}).json()
    rest = found(client, "/api/auth/api-keys", {**query, "page_size": 1, "cursor": pages["next"]})
    assert [names[key] for key in rest] == ["of month 1"]
    assert client.get("/api/auth/api-keys", {"created_since": "yesterday"}).status_code == 400
    assert client.get("/api/auth/api-keys", {"created_since": ["2026-01-01", "2026-02-01"]}).status_code == 400


def test_keys_sessions_passkeys_and_activity_are_narrowed_by_what_they_show(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    short, long = (ApiKeyService().create(alice, "CI", [Scope.ACCOUNT_READ], [], days).key for days in (1, 300))
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    ApiKey.objects.filter(pk=long.pk).update(expires_at=datetime(2999, 1, 1, tzinfo=UTC))
    assert found(client, "/api/auth/api-keys", {"expires_until": soon}) == [str(short.pk)]
    ApiKey.objects.filter(pk=long.pk).update(last_used_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert found(client, "/api/auth/api-keys", {"used_since": "2026-01-01T00:00:00Z"}) == [str(long.pk)]
    assert found(client, "/api/auth/sessions", {"aal": 2}) == []
    assert found(client, "/api/auth/sessions", {"aal": 1}) == [str(AuthSession.objects.get().pk)]
    kept = [
        Passkey.objects.create(user=alice, credential_id=name, public_key=b"", sign_count=0, synced=synced, name=name)
        for name, synced in (("key", False), ("phone", True))
    ]
    assert found(client, "/api/auth/mfa/passkeys", {"synced": "true"}) == [str(kept[1].pk)]
    assert found(client, "/api/auth/mfa/passkeys", {"synced": "false"}) == [str(kept[0].pk)]
    assert len(found(client, "/api/auth/mfa/passkeys", {})) == 2
    client.patch("/api/auth/me", {"name": "Alice"})
    entries = client.get("/api/auth/gdpr/activity", {"action": "account.updated"}).json()["results"]
    assert [each["action"] for each in entries] == ["account.updated"]
    assert client.get("/api/auth/gdpr/activity", {"action": "account.invented"}).status_code == 400
