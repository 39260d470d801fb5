"""Devices that are signed in: seen and ended by their owner, and by nobody else."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.conftest import PASSWORD, bearer, sign_in

pytestmark = pytest.mark.django_db


def status(tokens: dict[str, str]) -> list[int]:
    return [
        bearer(APIClient(), tokens["access"]).get("/api/auth/me").status_code,
        APIClient().post("/api/auth/token/refresh", {"refresh": tokens["refresh"]}).status_code,
    ]


def test_the_list_shows_where_and_since_when(client: APIClient, alice: User, bob: User) -> None:
    mine = sign_in(client, alice.email).json()
    client.post(
        "/api/auth/login", {"identifier": alice.email, "password": PASSWORD}, headers={"user-agent": "Firefox 150"}
    )
    sign_in(client, bob.email)
    sessions = bearer(APIClient(), mine["access"]).get("/api/auth/sessions").json()["results"]
    assert [(each["current"], each["agent"]) for each in sessions] == [(False, "Firefox 150"), (True, None)]
    assert sessions[0]["address"] == "127.0.0.1"
    assert sessions[0]["methods"] == ["pwd"]


def test_the_list_is_paged(client: APIClient, alice: User) -> None:
    for _ in range(5):
        tokens = sign_in(client, alice.email).json()
    mine, seen = bearer(APIClient(), tokens["access"]), []
    cursor: str | None = ""
    while cursor is not None:
        page = mine.get("/api/auth/sessions", {"page_size": "2", "cursor": cursor}).json()
        seen += [each["id"] for each in page["results"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_logging_out_ends_this_session_at_once(client: APIClient, alice: User) -> None:
    mine, other = sign_in(client, alice.email).json(), sign_in(client, alice.email).json()
    assert bearer(APIClient(), mine["access"]).post("/api/auth/logout").status_code == 204
    assert status(mine) == [401, 401]
    assert status(other) == [200, 200]


def test_ending_one_the_others_or_all(client: APIClient, alice: User) -> None:
    first, second, third, fourth = (sign_in(client, alice.email).json() for _ in range(4))
    mine = bearer(APIClient(), first["access"])
    assert mine.delete(f"/api/auth/sessions/{second['session']}").status_code == 204
    assert status(second) == [401, 401]
    assert mine.delete(f"/api/auth/sessions/{second['session']}").status_code == 404
    assert mine.delete("/api/auth/sessions").status_code == 204
    assert status(third) == status(fourth) == [401, 401]
    assert mine.get("/api/auth/me").status_code == 200
    assert mine.post("/api/auth/logout/all").status_code == 204
    assert status(first) == [401, 401]


def test_nobody_ends_or_sees_a_session_of_somebody_else(client: APIClient, alice: User, bob: User) -> None:
    hers, his = sign_in(client, alice.email).json(), sign_in(client, bob.email).json()
    thief = bearer(APIClient(), his["access"])
    assert thief.delete(f"/api/auth/sessions/{hers['session']}").status_code == 404
    assert status(hers) == [200, 200]
    assert [each["id"] for each in thief.get("/api/auth/sessions").json()["results"]] == [his["session"]]


def test_reauthenticating_spends_the_refresh_token_of_before(client: APIClient, alice: User) -> None:
    tokens = sign_in(client, alice.email).json()
    mine = bearer(APIClient(), tokens["access"])
    assert mine.post("/api/auth/reauthenticate", {"password": "wrong horse battery"}).status_code == 403
    fresh = mine.post("/api/auth/reauthenticate", {"password": PASSWORD}).json()
    assert fresh["refresh"] != tokens["refresh"]
    assert status(fresh) == [200, 200]


def test_me_takes_a_new_name_and_nothing_else(client: APIClient, alice: User) -> None:
    mine = bearer(APIClient(), sign_in(client, alice.email).json()["access"])
    assert mine.patch("/api/auth/me", {"name": "Alice Liddell"}).json()["name"] == "Alice Liddell"
    assert mine.get("/api/auth/me").json()["name"] == "Alice Liddell"
    for body in ({"email": "thief@example.org"}, {"is_staff": True}, {}, {"name": "a" * 201}):
        assert mine.patch("/api/auth/me", body).status_code == 400
    assert mine.patch("/api/auth/me", {"name": ""}).json()["name"] is None
