"""Acts on many: a dry run that names every row, then chunks that can be stopped, with one entry in the trail each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.conftest import mailed_token, sign_in
from adminpanel.models import BulkJob, BulkOutcome
from adminpanel.services.bulk_worker import BulkWorker
from adminpanel.tests.conftest import SignedInAs, in_session, with_role
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
BULK = "/api/admin/bulk"


@pytest.fixture
def many(db: None) -> list[User]:
    return [User.objects.create_user(f"user{number}@example.org") for number in range(5)]


def prepare(client: APIClient, act: str, users: list[User] | None = None, **body: Any) -> dict[str, Any]:
    chosen = {"users": [str(each.pk) for each in users]} if users else {}
    answer = client.post(BULK, {"act": act, "reason": "ticket 4711", **chosen, **body})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def start(client: APIClient, job: dict[str, Any]) -> None:
    assert client.post(f"{BULK}/{job['id']}/start").status_code == 202


def active(users: list[User]) -> list[bool]:
    return [User.objects.get(pk=each.pk).is_active for each in users]


def chunks() -> list[dict[str, Any]]:
    found = AuditLog.objects.filter(action="bulk.chunk_done").order_by("occurred_at")
    return [json.loads(each.details) for each in found]


def test_a_dry_run_names_each_row_and_does_nothing(alice: User, many: list[User]) -> None:
    me = with_role(alice, "owner")
    owner = in_session(me)
    User.objects.filter(pk=many[0].pk).update(is_active=False)
    stranger = User(pk=uuid.uuid4())
    job = prepare(owner, "suspend", [*many, me, stranger])
    assert (job["state"], job["total"], job["processed"]) == ("previewed", 7, 0)
    assert job["expected"] == {"changed": 4, "unchanged": 1, "refused": 1, "missing": 1, "pending": 0}
    first = owner.get(f"{BULK}/{job['id']}/rows?page_size=4").json()
    second = owner.get(f"{BULK}/{job['id']}/rows", {"page_size": 4, "cursor": first["next"]}).json()
    expected = {each["user"]: each["expected"] for each in first["results"] + second["results"]}
    assert expected == {
        **{str(each.pk): "changed" for each in many[1:]},
        str(many[0].pk): "unchanged",
        str(me.pk): "refused",
        str(stranger.pk): "missing",
    }
    assert active(many) == [False, True, True, True, True]
    assert BulkWorker().run(UUID(job["id"]))  # a worker does nothing before the start
    assert active(many) == [False, True, True, True, True]


def test_a_job_suspends_in_chunks_that_name_their_rows(
    signed_in_as: SignedInAs, signed_in: Callable[[User], APIClient], alice: User, many: list[User]
) -> None:
    owner, hers = signed_in_as("owner"), signed_in(alice)
    job = prepare(owner, "suspend", [alice, *many])
    start(owner, job)
    BulkWorker(chunk=4).run(UUID(job["id"]))
    done = owner.get(f"{BULK}/{job['id']}").json()
    assert (done["state"], done["processed"], done["outcomes"]["changed"]) == ("done", 6, 6)
    assert not any(active([alice, *many]))
    assert hers.get("/api/auth/me").status_code == 401
    assert [each["count"] for each in chunks()] == [4, 2]
    assert {key for each in chunks() for key in each["ids"]} == {str(each.pk) for each in [alice, *many]}
    assert all(each["reason"] == "ticket 4711" for each in chunks())


def test_a_selection_is_done_to_those_who_were_shown_and_nobody_else(
    signed_in_as: SignedInAs, many: list[User]
) -> None:
    owner = signed_in_as("owner")
    User.objects.filter(pk__in=[each.pk for each in many]).update(is_active=False)
    job = prepare(owner, "reinstate", selection={"state": "suspended"})
    assert job["expected"]["changed"] == 5
    later = User.objects.create_user("later@example.org", is_active=False)
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    assert all(active(many))
    assert active([later]) == [False]


def test_cancelling_stops_before_the_next_chunk(signed_in_as: SignedInAs, many: list[User]) -> None:
    owner = signed_in_as("owner")
    job = prepare(owner, "suspend", many)
    start(owner, job)
    assert BulkWorker(chunk=2, seconds=0).run(UUID(job["id"])) is False
    assert owner.post(f"{BULK}/{job['id']}/cancel").json()["state"] == "cancelled"
    assert BulkWorker(chunk=2).run(UUID(job["id"]))
    assert sorted(active(many)) == [False, False, True, True, True]
    assert owner.post(f"{BULK}/{job['id']}/cancel").json()["code"] == "bulk_over"
    assert AuditLog.objects.filter(action="bulk.cancelled").count() == 1


def test_starting_and_running_twice_is_once(signed_in_as: SignedInAs, many: list[User]) -> None:
    owner = signed_in_as("owner")
    job = prepare(owner, "end_sessions", many)
    for _ in range(2):
        start(owner, job)
        BulkWorker().run(UUID(job["id"]))
    assert AuditLog.objects.filter(action="bulk.started").count() == 1
    assert len(chunks()) == 1


def test_the_same_key_prepares_one_job(signed_in_as: SignedInAs, many: list[User]) -> None:
    owner = signed_in_as("owner")
    body = {"act": "suspend", "reason": "ticket 4711", "users": [str(many[0].pk)]}
    answers = [owner.post(BULK, body, headers={"Idempotency-Key": "k1"}).json()["id"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert BulkJob.objects.count() == 1


def test_a_forced_reset_mails_each(signed_in_as: SignedInAs, alice: User, bob: User, client: APIClient) -> None:
    owner = signed_in_as("owner")
    job = prepare(owner, "force_password_reset", [alice, bob])
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    assert sign_in(client, "alice@example.org").status_code == 401
    assert mailed_token("alice@example.org", "Set a new password") != mailed_token(
        "bob@example.org", "Set a new password"
    )


def test_a_job_stops_when_whoever_started_it_loses_the_right(alice: User, many: list[User]) -> None:
    me = with_role(alice, "owner")
    owner = in_session(me)
    job = prepare(owner, "suspend", many)
    start(owner, job)
    me.groups.clear()
    BulkWorker().run(UUID(job["id"]))
    assert BulkJob.objects.get(pk=job["id"]).state == "stopped"
    assert all(active(many))


def test_more_rights_protect_also_when_they_came_after_the_dry_run(
    signed_in_as: SignedInAs, alice: User, many: list[User]
) -> None:
    owner = signed_in_as("owner")
    job = prepare(owner, "suspend", [alice, *many])
    start(owner, job)
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_staff=True)
    BulkWorker().run(UUID(job["id"]))
    assert active([alice]) == [True]
    refused = owner.get(f"{BULK}/{job['id']}/rows?outcome={BulkOutcome.REFUSED.value}").json()["results"]
    assert [each["user"] for each in refused] == [str(alice.pk)]


@pytest.mark.parametrize(
    "body",
    [
        {"act": "suspend", "reason": "ticket"},
        {"act": "suspend", "reason": "ticket", "selection": {}},
        {"act": "suspend", "reason": "ticket", "selection": {"state": "active"}, "users": [str(uuid.uuid4())]},
        {"act": "dance", "reason": "ticket", "selection": {"state": "active"}},
        {"act": "suspend", "selection": {"state": "active"}},
    ],
)
def test_a_job_that_is_not_clear_is_refused(signed_in_as: SignedInAs, body: dict[str, Any]) -> None:
    assert signed_in_as("owner").post(BULK, body).status_code == 400


def test_only_whoever_looked_at_the_dry_run_starts_it(signed_in_as: SignedInAs, alice: User, many: list[User]) -> None:
    job = prepare(signed_in_as("owner"), "suspend", many)
    assert in_session(with_role(alice, "owner")).post(f"{BULK}/{job['id']}/start").json()["code"] == "not_yours"
