"""Who gets what: every route of the administration for every built-in role, in one table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Role, Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.session import SessionManager
from accounts.testing.authenticator_app import SEED
from accounts.tests.api.test_access import NOBODYS
from accounts.tests.conftest import bearer
from adminpanel.tests.conftest import METHODS, SignedInAs, in_session, with_role
from audit.models import AuditLog
from config.tests.api.test_routes import OPERATIONS

pytestmark = pytest.mark.django_db

# the last three: an owner without a second factor, one who signed in ten minutes ago, one with an API key for it all
PERSONAS = (
    "stranger", "user", "support", "security", "auditor", "operator", "owner", "owner_aal1", "owner_since_long",
    "owner_key",
)  # fmt: skip
# Bodies are empty and ids are nobody's: 400 and 404 say that the persona was let in.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("get", "users"): (401, 403, 200, 200, 403, 403, 200, 403, 403, 403),
    ("post", "users/search"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("get", "users/<uuid:id>"): (401, 403, 404, 404, 403, 403, 404, 403, 403, 403),
    ("patch", "users/<uuid:id>"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/reveal"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/suspend"): (401, 403, 403, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/reinstate"): (401, 403, 403, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/unlock"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/force-password-reset"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/end-sessions"): (401, 403, 403, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/reset-mfa"): (401, 403, 403, 400, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/erase"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("post", "users/<uuid:id>/cancel-erasure"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("put", "users/<uuid:id>/roles"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("get", "lockouts"): (401, 403, 200, 200, 403, 403, 200, 403, 403, 403),
    ("post", "lockouts/search"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("post", "lockouts/<slug:key>/lift"): (401, 403, 400, 400, 403, 403, 400, 403, 403, 403),
    ("get", "roles"): (401, 403, 200, 200, 200, 403, 200, 403, 403, 403),
    ("post", "roles"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("get", "roles/permissions"): (401, 403, 200, 200, 200, 403, 200, 403, 403, 403),
    ("get", "roles/<int:id>"): (401, 403, 404, 404, 404, 403, 404, 403, 403, 403),
    ("patch", "roles/<int:id>"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("delete", "roles/<int:id>"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("post", "roles/<int:id>/preview"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("get", "approvals"): (401, 403, 403, 403, 403, 403, 200, 403, 403, 403),
    ("post", "approvals/<uuid:id>/approve"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("post", "approvals/<uuid:id>/reject"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("get", "audit"): (401, 403, 403, 200, 200, 403, 200, 403, 403, 200),
    ("get", "audit/verify"): (401, 403, 403, 200, 200, 403, 200, 403, 403, 200),
    ("post", "audit/exports"): (401, 403, 403, 200, 200, 403, 200, 403, 403, 200),
    ("get", "audit/<uuid:id>"): (401, 403, 403, 404, 404, 403, 404, 403, 403, 404),
    ("get", "analytics/overview"): (401, 403, 403, 200, 200, 200, 200, 403, 403, 403),
    ("get", "analytics/<str:series>"): (401, 403, 403, 200, 200, 200, 200, 403, 403, 403),
    ("post", "bulk"): (401, 403, 403, 403, 403, 403, 400, 403, 403, 403),
    ("get", "bulk/<uuid:id>"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("get", "bulk/<uuid:id>/rows"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("post", "bulk/<uuid:id>/start"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("post", "bulk/<uuid:id>/cancel"): (401, 403, 403, 403, 403, 403, 404, 403, 403, 403),
    ("get", "system"): (401, 403, 403, 403, 403, 200, 200, 403, 403, 403),
}
PREFIX = "api/admin/"


@pytest.fixture
def client_of(alice: User, signed_in_as: SignedInAs) -> Callable[[str], APIClient]:
    def made(persona: str) -> APIClient:
        if persona == "stranger":
            return APIClient()
        if persona == "user":
            return in_session(alice)
        if persona == "owner_aal1":
            return in_session(with_role(alice, "owner"), aal=1)
        if persona == "owner_since_long":
            with time_machine.travel(timezone.now() - timedelta(minutes=10)):
                tokens = SessionManager().start(with_role(alice, "owner"), METHODS, aal=2)
            return bearer(APIClient(), SessionManager().refresh(tokens.refresh).access)
        if persona == "owner_key":
            client = APIClient()
            TotpDevice.objects.create(user=alice, name="app", seed=SEED)
            key = ApiKeyService().create(with_role(alice, "owner"), "CI", list(Scope.values), [], 1)
            client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.secret}")
            return client
        return signed_in_as(persona)

    return made


def test_permission_matrix_has_every_route() -> None:
    routes = {(method, route.removeprefix(PREFIX)) for route, method, _ in OPERATIONS if route.startswith(PREFIX)}
    assert routes == set(TABLE)


@pytest.mark.parametrize("persona", PERSONAS)
def test_permission_matrix(persona: str, client_of: Callable[[str], APIClient]) -> None:
    client = client_of(persona)
    found = {each: _status(client, *each) for each in TABLE}
    assert found == {each: TABLE[each][PERSONAS.index(persona)] for each in TABLE}


def test_a_role_says_how_recent_a_log_in_it_asks_for(alice: User) -> None:
    group = Group.objects.create(name="wall")
    group.permissions.add(Permission.objects.get(codename="view_analytics"))
    role = Role.objects.create(group=group, needs_step_up=True)
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        tokens = SessionManager().start(with_role(alice, "wall"), METHODS, aal=2)
    client = bearer(APIClient(), SessionManager().refresh(tokens.refresh).access)
    answer = client.get("/api/admin/analytics/overview")
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert "/api/auth/reauthenticate" in answer.json()["detail"]
    role.needs_step_up = False
    role.save()
    assert client.get("/api/admin/analytics/overview").status_code == 200


def test_who_lacks_a_permission_stands_in_the_trail(signed_in_as: SignedInAs) -> None:
    assert signed_in_as("auditor").get("/api/admin/users").json()["code"] == "permission_missing"
    entry = AuditLog.objects.get(action="access.denied")
    assert "api/admin/users" in entry.details
    assert "permission_missing" in entry.details


def _status(client: APIClient, method: str, route: str) -> int:
    path = f"/{PREFIX}{route}".replace("<uuid:id>", NOBODYS).replace("<int:id>", "0").replace("<str:series>", "log_ins")
    path = path.replace("<slug:key>", NOBODYS)
    declared = next(handler.declaration for at, by, handler in OPERATIONS if (by, at) == (method, PREFIX + route))
    body: dict[str, Any] = {"data": {}} if method in ("post", "patch", "put") and declared.takes_body else {}
    status: int = getattr(client, method)(path, **body).status_code
    return status
