"""Staff find people, see them masked, reveal with a reason, and act with one entry in the trail each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import AuthSession, PrivacyRequest, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.testing.authenticator_app import SEED
from accounts.tests.conftest import PASSWORD, mailed_token, sign_in, subjects
from adminpanel.tests.conftest import SignedInAs, in_session, with_role
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
REASON = {"reason": "ticket 4711"}
ACTS = {
    "suspend": "account.suspended",
    "reinstate": "account.reinstated",
    "unlock": "account.unlocked",
    "force-password-reset": "password.reset_forced",
    "end-sessions": "session.ended",
    "reveal": "privacy.personal_data_revealed",
}


def act(client: APIClient, user: User, name: str, **body: Any) -> Any:
    return client.post(f"/api/admin/users/{user.pk}/{name}", body or REASON)


def entries(action: str) -> list[AuditLog]:
    return list(AuditLog.objects.filter(action=action, outcome="success"))


def test_lists_show_nothing_personal_in_clear(signed_in_as: SignedInAs, alice: User, bob: User) -> None:
    alice.name, alice.phone = "Alice Liddell", "+41446681800"
    alice.save()
    answer = signed_in_as("support").get("/api/admin/users")
    assert answer.headers["Cache-Control"] == "no-store"
    row = next(each for each in answer.json()["results"] if each["id"] == str(alice.pk))
    assert (row["email"], row["phone"], row["name"]) == ("a•••@e•••.org", "•••00", "A•••")
    assert b"alice" not in answer.content
    assert b"Liddell" not in answer.content


@pytest.mark.parametrize("how", [{"email": "ALICE@Example.org"}, {"phone": "+41 44 668 18 00"}])
def test_search_is_by_exact_identifier_however_it_is_written(
    signed_in_as: SignedInAs, alice: User, bob: User, how: dict[str, str]
) -> None:
    alice.phone = "+41446681800"
    alice.save()
    support = signed_in_as("support")
    found = support.post("/api/admin/users/search", how).json()["results"]
    assert [each["id"] for each in found] == [str(alice.pk)]
    assert support.post("/api/admin/users/search", {"email": "alic@example.org"}).json() == {"results": []}


@pytest.mark.parametrize("body", [{}, {"email": "a@b.org", "phone": "+41446681800"}, {"email": "no address"}])
def test_a_search_for_nothing_findable_is_refused(signed_in_as: SignedInAs, body: dict[str, str]) -> None:
    assert signed_in_as("support").post("/api/admin/users/search", body).status_code == 400


def test_lists_are_filtered_and_paged(signed_in_as: SignedInAs, alice: User, bob: User, charlie: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    support = signed_in_as("support")
    suspended = support.get("/api/admin/users?state=suspended").json()["results"]
    assert [each["id"] for each in suspended] == [str(bob.pk)]
    first = support.get("/api/admin/users?page_size=3").json()
    second = support.get("/api/admin/users", {"page_size": 3, "cursor": first["next"]}).json()
    assert len({each["id"] for each in first["results"] + second["results"]}) == 4
    assert support.get("/api/admin/users?state=dead").status_code == 400
    later = support.get("/api/admin/users", {"created_since": "2999-01-01T00:00:00Z"}).json()
    assert later["results"] == []


def test_a_page_takes_the_same_few_queries_whatever_its_size(signed_in_as: SignedInAs) -> None:
    for number in range(12):
        User.objects.create_user(f"user{number}@example.org")
    support = signed_in_as("support")
    counts = []
    for size in (2, 12):
        with CaptureQueriesContext(connection) as captured:
            support.get(f"/api/admin/users?page_size={size}")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_revealing_takes_a_reason_that_stays_in_the_trail(signed_in_as: SignedInAs, alice: User) -> None:
    support = signed_in_as("support")
    assert act(support, alice, "reveal", reason="").status_code == 400
    assert act(support, alice, "reveal", reason="asked by alice@example.org").status_code == 400
    assert entries(ACTS["reveal"]) == []
    assert act(support, alice, "reveal").json()["email"] == "alice@example.org"
    (entry,) = entries(ACTS["reveal"])
    assert json.loads(entry.details) == {"fields": ["email", "name", "phone"], "reason": "ticket 4711"}
    assert entry.target == f"user:{alice.pk}"


def test_suspending_ends_every_credential_for_good(
    signed_in_as: SignedInAs, signed_in: Callable[[User], APIClient], alice: User, client: APIClient
) -> None:
    hers, key = signed_in(alice), ApiKeyService().create(alice, "CI", ["account:read"], [], 1)
    security = signed_in_as("security")
    assert act(security, alice, "suspend").json()["is_active"] is False
    assert hers.get("/api/auth/me").status_code == 401
    assert sign_in(client, "alice@example.org").status_code == 401
    assert act(security, alice, "suspend").json()["code"] == "already_suspended"
    assert act(security, alice, "reinstate").json()["is_active"] is True
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.secret}")
    assert client.get("/api/auth/me").status_code == 401
    assert hers.get("/api/auth/me").status_code == 401
    assert sign_in(APIClient(), "alice@example.org").status_code == 200
    assert act(security, alice, "reinstate").json()["code"] == "not_suspended"
    assert len(entries(ACTS["suspend"])) == len(entries(ACTS["reinstate"])) == 1


def test_unlocking_forgets_the_failures(signed_in_as: SignedInAs, alice: User) -> None:
    lockout = AccountLockoutService()
    for _ in range(lockout.configuration.lockout_threshold):
        lockout.charge(lockout.account(alice, "", Factor.PASSWORD))
    support = signed_in_as("support")
    assert support.get(f"/api/admin/users/{alice.pk}").json()["locked"]
    assert not act(support, alice, "unlock").json()["locked"]
    assert lockout.failures(alice) == 0
    assert len(entries(ACTS["unlock"])) == 1


def test_a_forced_reset_voids_the_password_and_mails_the_way_back(
    signed_in_as: SignedInAs, signed_in: Callable[[User], APIClient], alice: User, client: APIClient
) -> None:
    hers = signed_in(alice)
    assert act(signed_in_as("support"), alice, "force-password-reset").status_code == 200
    assert hers.get("/api/auth/me").status_code == 401
    assert sign_in(client, "alice@example.org").status_code == 401
    token = mailed_token("alice@example.org", "Set a new password")
    new = PASSWORD + " again"
    assert client.post("/api/auth/password/reset", {"token": token, "password": new}).status_code in (200, 204)
    assert sign_in(client, "alice@example.org", new).status_code == 200
    assert len(entries(ACTS["force-password-reset"])) == 1


def test_ending_sessions_signs_out_everywhere(
    signed_in_as: SignedInAs, signed_in: Callable[[User], APIClient], alice: User
) -> None:
    hers = [signed_in(alice), signed_in(alice)]
    assert act(signed_in_as("security"), alice, "end-sessions").json()["sessions"] == 0
    assert [each.get("/api/auth/me").status_code for each in hers] == [401, 401]
    assert set(AuthSession.objects.filter(user=alice).values_list("end_reason", flat=True)) == {"ended_by_staff"}
    (entry,) = entries(ACTS["end-sessions"])
    assert json.loads(entry.details)["count"] == 2


@pytest.mark.parametrize("name", ACTS)
def test_nobody_acts_on_themselves(alice: User, name: str) -> None:
    owner = with_role(alice, "owner")
    assert act(in_session(owner), owner, name).json()["code"] == "acts_on_self"
    assert entries(ACTS[name]) == []
    assert AuditLog.objects.filter(action="access.denied", target=f"user:{owner.pk}").count() == 1


@pytest.mark.parametrize("suspended", [False, True])
def test_nobody_acts_on_somebody_with_more_rights(signed_in_as: SignedInAs, alice: User, suspended: bool) -> None:
    owner = with_role(alice, "owner")
    User.objects.filter(pk=owner.pk).update(is_active=not suspended)
    security = signed_in_as("security")
    for name in ("suspend", "reinstate", "end-sessions", "reveal"):
        assert act(security, owner, name).json()["code"] == "outranked"
    assert User.objects.get(pk=owner.pk).is_active is not suspended


def test_somebody_with_fewer_rights_may_be_acted_on(signed_in_as: SignedInAs, alice: User) -> None:
    support = with_role(alice, "support")
    assert act(signed_in_as("security"), support, "suspend").status_code == 200


def test_only_a_superuser_acts_on_a_superuser(signed_in_as: SignedInAs, alice: User, bob: User) -> None:
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_superuser=True, is_staff=True)
    assert act(signed_in_as("owner"), alice, "suspend").json()["code"] == "outranked"
    assert act(in_session(User.objects.get(pk=bob.pk)), alice, "suspend").status_code == 200


def test_a_name_is_changed_with_a_reason(signed_in_as: SignedInAs, alice: User) -> None:
    owner = signed_in_as("owner")
    assert owner.patch(f"/api/admin/users/{alice.pk}", {"name": "Al"}).status_code == 400
    answer = owner.patch(f"/api/admin/users/{alice.pk}", {"name": "Al", **REASON})
    assert answer.json()["name"] == "A•••"
    assert User.objects.get(pk=alice.pk).name == "Al"
    assert json.loads(entries("account.updated")[0].details) == {"fields": ["name"], "reason": "ticket 4711"}


def test_an_erasure_by_staff_waits_tells_the_person_and_can_be_cancelled(signed_in_as: SignedInAs, alice: User) -> None:
    owner = signed_in_as("owner")
    assert act(owner, alice, "erase").status_code == 200
    assert PrivacyRequest.objects.get().state == "pending"
    (entry,) = entries("privacy.erasure_requested")
    assert json.loads(entry.details) == REASON
    assert entry.actor == f"user:{User.objects.get(groups__name='owner').pk}"
    assert act(owner, alice, "cancel-erasure").status_code == 200
    assert PrivacyRequest.objects.get().state == "cancelled"
    assert act(owner, alice, "cancel-erasure").status_code == 404
    assert subjects(alice.email) == ["Your account will be erased", "Your account stays"]


def test_lost_factors_are_reset_with_everything_that_was_issued(signed_in_as: SignedInAs, alice: User) -> None:
    TotpDevice.objects.create(user=alice, name="phone", seed=SEED)
    session = in_session(alice)
    security = signed_in_as("security")
    assert act(security, alice, "reset-mfa").status_code == 200
    assert not TotpDevice.objects.exists()
    assert session.get("/api/auth/me").status_code == 401
    assert act(security, alice, "reset-mfa").json()["code"] == "no_second_factor"
    assert act(signed_in_as("support"), alice, "reset-mfa").status_code == 403
