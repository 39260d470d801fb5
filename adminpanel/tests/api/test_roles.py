"""Roles over REST: seen by staff, made of what the maker holds, given by name."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, User
from adminpanel.tests.conftest import SignedInAs, in_session, with_role
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
ROLES = "/api/admin/roles"
WHY = {"reason": "ticket 4711"}
DESK = {
    "name": "desk",
    "description": "Unlocks.",
    "permissions": ["accounts.view_user", "accounts.unlock_user"],
    **WHY,
}


@pytest.fixture
def owner(signed_in_as: SignedInAs) -> APIClient:
    return signed_in_as("owner")


def give(client: APIClient, user: User, *names: str) -> APIClient:
    answer = client.put(f"/api/admin/users/{user.pk}/roles", {"roles": list(names), "reason": "ticket 4711"})
    assert answer.status_code == 200, answer.content
    return client


def test_every_role_is_shown_with_what_it_may(signed_in_as: SignedInAs) -> None:
    rows = {each["name"]: each for each in signed_in_as("auditor").get(ROLES).json()["results"]}
    assert set(rows) == {"support", "security", "auditor", "operator", "owner"}
    assert rows["auditor"]["holders"] == 1
    assert "audit.view_auditlog" in rows["auditor"]["permissions"]
    assert "accounts.view_user" not in rows["auditor"]["permissions"]


def test_a_role_is_made_given_changed_and_deleted(owner: APIClient, bob: User) -> None:
    made = owner.post(ROLES, DESK)
    assert made.status_code == 201
    path = f"{ROLES}/{made.json()['id']}"
    give(owner, bob, "desk")
    desk = in_session(User.objects.get(pk=bob.pk))
    assert desk.get("/api/admin/users").status_code == 200
    changed = owner.patch(path, {"permissions": ["accounts.unlock_user"], "name": "front desk", **WHY}).json()
    assert (changed["name"], changed["permissions"], changed["holders"]) == ("front desk", ["accounts.unlock_user"], 1)
    assert changed["description"] == "Unlocks."
    assert desk.get("/api/admin/users").status_code == 403, "a change bites on the next request"
    assert owner.delete(f"{path}?reason=ticket+4711").status_code == 204
    assert owner.get(path).status_code == 404
    assert not User.objects.get(pk=bob.pk).is_staff


def test_roles_of_an_account_become_exactly_those_named(owner: APIClient, bob: User) -> None:
    give(give(owner, bob, "support", "auditor"), bob, "operator", "auditor")
    assert sorted(each.group.name for each in Role.objects.of(bob)) == ["auditor", "operator"]
    moves = AuditLog.objects.filter(target=f"user:{bob.pk}", action__startswith="role.").order_by("id")
    assert sorted((each.action, json.loads(each.details)["role"]) for each in moves) == [
        ("role.assigned", "auditor"),
        ("role.assigned", "operator"),
        ("role.assigned", "support"),
        ("role.withdrawn", "support"),
    ]
    assert {json.loads(each.details)["reason"] for each in moves} == {"ticket 4711"}
    give(owner, bob)
    assert not User.objects.get(pk=bob.pk).is_staff


def test_unknown_names_and_permissions_are_named(owner: APIClient, bob: User) -> None:
    answer = owner.put(f"/api/admin/users/{bob.pk}/roles", {"roles": ["wizard"], "reason": "ticket 4711"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_role")
    assert answer.json()["errors"][0]["pointer"] == "/roles"
    answer = owner.post(ROLES, {**DESK, "permissions": ["accounts.fly"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_not_held")
    assert owner.post(ROLES, {**DESK, "name": "owner"}).json()["code"] == "name_taken"
    assert owner.post(ROLES, {**DESK, "name": "d\u00e9sk"}).status_code == 400


def test_built_in_roles_stay(owner: APIClient) -> None:
    path = f"{ROLES}/{Role.objects.get(group__name='support').pk}"
    assert owner.patch(path, {"permissions": [], **WHY}).json()["code"] == "role_built_in"
    assert owner.delete(f"{path}?reason=ticket+4711").json()["code"] == "role_built_in"


def test_nobody_changes_their_own_roles_or_those_of_somebody_with_more_rights(alice: User, bob: User) -> None:
    lead = with_role(alice, "owner")
    client = in_session(lead)
    body = {"roles": [], "reason": "ticket 4711"}
    assert client.put(f"/api/admin/users/{lead.pk}/roles", body).json()["code"] == "acts_on_self"
    bob.is_superuser = bob.is_staff = True
    bob.save()
    assert client.put(f"/api/admin/users/{bob.pk}/roles", body).json()["code"] == "outranked"


def test_what_can_be_put_into_a_role_is_what_one_holds(signed_in_as: SignedInAs) -> None:
    mine = {each["permission"] for each in signed_in_as("support").get(f"{ROLES}/permissions").json()["results"]}
    assert "accounts.unlock_user" in mine
    assert "accounts.assign_role" not in mine


@pytest.mark.parametrize("reason", [None, "", "ab", "see alice@example.org", "x" * 201])
def test_no_role_is_made_changed_or_deleted_without_a_reason_fit_for_the_trail(
    owner: APIClient, reason: str | None
) -> None:
    path = f"{ROLES}/{owner.post(ROLES, DESK).json()['id']}"
    given = {} if reason is None else {"reason": reason}
    made = owner.post(ROLES, {"name": "other", "permissions": [], **given})
    changed = owner.patch(path, {"permissions": [], **given})
    deleted = owner.delete(path + (f"?{urlencode(given)}" if given else ""))
    for answer in (made, changed, deleted):
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert owner.get(path).json()["permissions"] == sorted(DESK["permissions"])


def test_a_reason_alone_changes_nothing(owner: APIClient) -> None:
    path = f"{ROLES}/{owner.post(ROLES, DESK).json()['id']}"
    assert owner.patch(path, WHY).status_code == 400


def test_a_preview_says_who_would_lose_what_and_does_nothing(owner: APIClient, bob: User) -> None:
    path = f"{ROLES}/{owner.post(ROLES, DESK).json()['id']}"
    give(owner, bob, "desk")
    loss = {"user": str(bob.pk), "permissions": ["accounts.unlock_user"], "is_staff_after": True}
    narrowed = owner.post(f"{path}/preview", {"permissions": ["accounts.view_user"]}).json()
    assert narrowed == {"holders": 1, "leaving_staff": 0, "losses": [loss]}
    deleted = owner.post(f"{path}/preview", {}).json()
    assert (deleted["leaving_staff"], deleted["losses"][0]["is_staff_after"]) == (1, False)
    assert owner.get(path).json()["permissions"] == sorted(DESK["permissions"])
    assert User.objects.get(pk=bob.pk).is_staff
