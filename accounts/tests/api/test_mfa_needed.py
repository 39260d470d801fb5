"""Staff without a second factor can add one, look at themselves and leave; nothing else, by no way in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from accounts.api.step_up import BeforeSecondFactor
from accounts.models import Role, Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.testing.authenticator_app import SEED
from accounts.tests.api.test_mfa import enrol
from accounts.tests.conftest import Configure, bearer, sign_in
from config.tests.api.test_routes import OPERATIONS

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], APIClient]
NOBODYS = "00000000-0000-4000-8000-000000000000"
CLOSED = [
    (method, route)
    for route, method, handler in OPERATIONS
    if BeforeSecondFactor not in handler.declaration.permissions
    and "IsAuthenticated" in [each.__name__ for each in handler.declaration.permissions]
]


def one_factor(user: User) -> APIClient:
    return bearer(APIClient(), sign_in(APIClient(), user.email).json()["access"])


@pytest.mark.parametrize(("method", "route"), CLOSED, ids=[f"{method} {route}" for method, route in CLOSED])
def test_every_other_route_is_closed_to_staff_without_a_second_factor(staff: User, method: str, route: str) -> None:
    path = re.sub(r"<int:\w+>", "1", re.sub(r"<(uuid|slug):\w+>", NOBODYS, route))
    answer = getattr(one_factor(staff), method)(f"/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")
    assert "/api/auth/mfa/totp" in answer.json()["detail"]


def test_staff_add_a_second_factor_and_everything_opens(staff: User) -> None:
    client = one_factor(staff)
    assert client.get("/api/auth/me").status_code == 200
    assert client.get("/api/auth/mfa").json()["needed"] is True
    assert client.get("/api/auth/sessions").status_code == 403
    enrol(client)
    assert client.get("/api/auth/sessions").status_code == 200


def test_who_becomes_staff_is_stopped_at_the_next_request(alice: User) -> None:
    client = one_factor(alice)
    assert client.get("/api/auth/sessions").status_code == 200
    alice.is_staff = True
    alice.save()
    assert client.get("/api/auth/sessions").status_code == 403


def test_staff_cannot_remove_their_last_factor(staff: User) -> None:
    client = one_factor(staff)
    enrol(client)
    answer = client.delete("/api/auth/mfa/totp")
    assert (answer.status_code, answer.json()["code"]) == (409, "second_factor_needed")
    assert TotpDevice.objects.filter(user=staff).exists()
    assert client.get("/api/auth/sessions").status_code == 200, "the refusal changed nothing"


def test_an_api_key_is_no_way_around(staff: User) -> None:
    secret = ApiKeyService().create(staff, "CI", [Scope.ACCOUNT_READ], [], 1).secret
    client = APIClient(headers={"authorization": f"Api-Key {secret}"})
    assert client.get("/api/auth/api-keys").json()["code"] == "second_factor_needed"
    TotpDevice.objects.create(user=staff, name="app", seed=SEED)
    assert client.get("/api/auth/api-keys").status_code == 200


def test_where_staff_may_do_without_a_role_can_still_demand_it(staff: User, configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_MFA_REQUIRED_FOR_STAFF="false")
    client = one_factor(staff)
    assert client.get("/api/auth/sessions").status_code == 200
    group = Group.objects.create(name="keepers")
    role = Role.objects.create(group=group, needs_mfa=False)
    staff.groups.add(group)
    assert client.get("/api/auth/sessions").status_code == 200
    role.needs_mfa = True
    role.save()
    assert client.get("/api/auth/sessions").json()["code"] == "second_factor_needed"
