"""Where it is configured, what only owners may do waits for another owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from accounts.models import Approval, PrivacyRequest, Role, User
from accounts.services.second_owner import OwnerAct, SecondOwner
from accounts.tests.conftest import at_once
from adminpanel.tests.conftest import SignedInAs, in_session, with_role
from audit.models import AuditLog
from config.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("second_owner_required")]
APPROVALS = "/api/admin/approvals"
REASON = {"reason": "ticket 4711"}


@pytest.fixture
def first(alice: User) -> APIClient:
    return in_session(with_role(alice, "owner"))


@pytest.fixture
def second(bob: User) -> APIClient:
    return in_session(with_role(bob, "owner"))


def waiting(client: APIClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(APPROVALS).json()["results"]
    return found


def decide(client: APIClient, verb: str) -> Any:
    return client.post(f"{APPROVALS}/{Approval.objects.get().pk}/{verb}")


def test_an_erasure_is_asked_for_approved_and_done_once(first: APIClient, second: APIClient, charlie: User) -> None:
    path = f"/api/admin/users/{charlie.pk}/erase"
    for _ in range(2):  # asking twice is asking once
        answer = first.post(path, REASON)
        assert (answer.status_code, answer.json()["code"]) == (409, "second_owner_needed")
    (asked,) = waiting(second)
    assert asked["id"] in answer.json()["detail"]
    assert (asked["operation"], asked["target"], asked["state"]) == ("account.erase", f"user:{charlie.pk}", "pending")
    assert asked["details"] == REASON
    assert decide(second, "approve").json()["state"] == "approved"
    assert not PrivacyRequest.objects.exists(), "whoever asked does it"
    assert first.post(path, REASON).status_code == 200
    assert PrivacyRequest.objects.get().user == charlie
    assert waiting(second) == []
    assert first.post(path, REASON).json()["code"] == "second_owner_needed", "once"
    actions = [each.action for each in AuditLog.objects.filter(action__startswith="approval.").order_by("id")]
    assert actions == ["approval.asked", "approval.given", "approval.asked"]


def test_nobody_approves_what_they_asked_for_or_what_is_done_to_them(first: APIClient, bob: User) -> None:
    other = with_role(bob, "owner")
    first.post(f"/api/admin/users/{other.pk}/erase", REASON)
    assert decide(first, "approve").json()["code"] == "acts_on_self"
    assert decide(in_session(other), "approve").json()["code"] == "acts_on_self"
    assert AuditLog.objects.filter(action="access.denied", outcome="refused").count() == 2
    assert Approval.objects.get().state == "pending"


def test_a_yes_is_for_this_act_alone(first: APIClient, second: APIClient, charlie: User, staff: User) -> None:
    def put(user: User, *roles: str) -> Any:
        return first.put(f"/api/admin/users/{user.pk}/roles", {"roles": list(roles), **REASON})

    put(charlie, "support")
    decide(second, "approve")
    for other in (put(charlie, "security"), put(staff, "support")):
        assert other.json()["code"] == "second_owner_needed"
    assert not Role.objects.of(charlie).exists()
    assert put(charlie, "support").status_code == 200
    assert [role.group.name for role in Role.objects.of(charlie)] == ["support"]


def test_a_no_stays_a_no(first: APIClient, second: APIClient) -> None:
    body = {"name": "desk", "permissions": ["accounts.unlock_user"], **REASON}
    assert first.post("/api/admin/roles", body).json()["code"] == "second_owner_needed"
    assert decide(second, "reject").json()["state"] == "rejected"
    assert decide(second, "approve").status_code == 404
    assert not Role.objects.filter(group__name="desk").exists()


def test_what_is_refused_anyway_asks_nobody(first: APIClient, staff: User) -> None:
    staff.is_superuser = True
    staff.save()
    assert first.post(f"/api/admin/users/{staff.pk}/erase", REASON).json()["code"] == "outranked"
    assert not Approval.objects.exists()


def test_only_owners_decide(first: APIClient, signed_in_as: SignedInAs, charlie: User) -> None:
    first.post(f"/api/admin/users/{charlie.pk}/erase", REASON)
    assert decide(signed_in_as("security"), "approve").json()["code"] == "permission_missing"


def test_a_yes_that_comes_with_a_failing_act_is_kept(first: APIClient, second: APIClient) -> None:
    body = {"name": "desk", "permissions": ["accounts.unlock_user"], **REASON}
    first.post("/api/admin/roles", body)
    decide(second, "approve")
    taken = Group.objects.create(name="desk")
    assert first.post("/api/admin/roles", body).json()["code"] == "name_taken"
    taken.delete()
    assert first.post("/api/admin/roles", body).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_an_approval_is_spent_once_by_parallel_calls(alice: User, bob: User, charlie: User) -> None:
    act = OwnerAct("account.erase", "accounts.erase_user", f"user:{charlie.pk}")
    first, second = with_role(alice, "owner"), with_role(bob, "owner")
    done: list[int] = []

    def spend(number: int) -> str:
        try:
            with SecondOwner().agreed(first, act):
                done.append(number)
        except DomainError as error:
            return error.code
        return "done"

    assert spend(0) == "second_owner_needed"
    SecondOwner().decide(second, Approval.objects.get().pk, approve=True)
    results = at_once(8, spend)
    assert sorted(results) == ["done"] + ["second_owner_needed"] * 7
    assert len(done) == 1
