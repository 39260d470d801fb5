"""Acts on many: a dry run that names every row, then chunks that can be stopped, with one entry in the trail each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import PrivacyRequest, User
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.retention import RetentionService
from accounts.tests.conftest import PASSWORD, mailed_token, sign_in, subjects
from adminpanel.models import BulkInvitation, BulkJob, BulkOutcome
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
    found = AuditLog.objects.filter(action="bulk.chunk_done").order_by("id")
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
        {"act": "suspend", "reason": "ticket", "selection": {"state": "active"}, "role": "support"},
        {"act": "give_role", "reason": "ticket", "selection": {"state": "active"}},
        {"act": "give_role", "reason": "ticket", "selection": {"state": "active"}, "role": "wizard"},
        {"act": "invite", "reason": "ticket", "selection": {"state": "active"}},
        {"act": "suspend", "reason": "ticket", "csv": "email\na@example.org"},
    ],
)
def test_a_job_that_is_not_clear_is_refused(signed_in_as: SignedInAs, body: dict[str, Any]) -> None:
    assert signed_in_as("owner").post(BULK, body).status_code == 400


def test_only_whoever_looked_at_the_dry_run_starts_it(signed_in_as: SignedInAs, alice: User, many: list[User]) -> None:
    job = prepare(signed_in_as("owner"), "suspend", many)
    assert in_session(with_role(alice, "owner")).post(f"{BULK}/{job['id']}/start").json()["code"] == "not_yours"


def test_a_role_is_given_to_many_and_taken_again(signed_in_as: SignedInAs, many: list[User]) -> None:
    owner = signed_in_as("owner")
    with_role(many[0], "support")
    job = prepare(owner, "give_role", many, role="support")
    assert (job["role"], job["expected"]["changed"], job["expected"]["unchanged"]) == ("support", 4, 1)
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    assert User.objects.filter(groups__name="support", is_staff=True).count() == 5
    assert chunks()[0]["role"] == "support"
    with_role(many[1], "auditor")
    job = prepare(owner, "take_role", many, role="support")
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    assert not User.objects.filter(groups__name="support").exists()
    assert list(User.objects.filter(is_staff=True, pk__in=[each.pk for each in many])) == [many[1]]


def test_many_are_erased_after_the_grace_period(signed_in_as: SignedInAs, many: list[User]) -> None:
    owner = signed_in_as("owner")
    ErasureService().request(many[0])
    job = prepare(owner, "erase", many)
    assert (job["expected"]["changed"], job["expected"]["unchanged"]) == (4, 1)
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    assert PrivacyRequest.objects.filter(state="pending", user__in=many).count() == 5
    assert User.objects.filter(pk__in=[each.pk for each in many]).count() == 5


@pytest.mark.parametrize(("act", "for_each"), [("force_password_reset", 0), ("erase", 1)])
def test_who_writes_to_many_asks_the_database_no_more_often(
    signed_in_as: SignedInAs, many: list[User], act: str, for_each: int
) -> None:
    """But for an entry each of those who are to be erased."""
    owner, asked = signed_in_as("owner"), []
    for users in (many[:1], many[1:]):
        job = prepare(owner, act, users)
        start(owner, job)
        with CaptureQueriesContext(connection) as captured:
            BulkWorker().run(UUID(job["id"]))
        asked.append(len([each for each in captured if "SAVEPOINT" not in each["sql"]]))
    assert asked[1] - asked[0] == 3 * for_each
    assert [len(subjects(user.email)) for user in many] == [1] * 5


def test_an_erasure_that_was_asked_for_meanwhile_is_asked_for_once(many: list[User]) -> None:
    first, *_ = many
    ErasureService().request(first)
    ErasureService().request_many(many, reason="ticket 4711")
    requested = AuditLog.objects.filter(action="privacy.erasure_requested")
    assert sorted(requested.values_list("target", flat=True)) == sorted(f"user:{user.pk}" for user in many)
    assert [len(subjects(user.email)) for user in many] == [1] * 5


def test_people_on_a_list_are_invited_and_choose_a_password(
    signed_in_as: SignedInAs, client: APIClient, alice: User
) -> None:
    owner = signed_in_as("owner")
    text = "\ufeffEmail;Name\nnew@example.org;Nina Neu\nALICE@example.org;\n"
    job = prepare(owner, "invite", csv=text)
    assert (job["expected"]["changed"], job["expected"]["unchanged"]) == (1, 1)
    start(owner, job)
    BulkWorker().run(UUID(job["id"]))
    done = owner.get(f"{BULK}/{job['id']}").json()
    assert (done["state"], done["outcomes"]["changed"], done["outcomes"]["unchanged"]) == ("done", 1, 1)
    assert not BulkInvitation.objects.exists()
    token = mailed_token("new@example.org", "You are invited")
    assert client.post("/api/auth/password/reset", {"token": token, "password": PASSWORD}).status_code == 204
    assert sign_in(client, "new@example.org").status_code == 200
    found = User.objects.by_email("new@example.org")
    assert found is not None
    assert (found.name, found.email_verified_at is not None) == ("Nina Neu", True)
    assert str(found.pk) in chunks()[0]["ids"]
    assert subjects(alice.email) == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("mail\na@example.org", ["The first line names the columns: email, name."]),
        (
            "email\nnobody\n\na@example.org\nA@EXAMPLE.org",
            ["Line 2 has no valid e-mail address.", "Line 5 has the address of line 4."],
        ),
        ("email,name\na@example.org", ["Line 2 has 1 values and not 2."]),
        ('email\n"a@example.org\nb@example.org\n"c"@example.org', ["Line 2 is no CSV.", "Line 4 is no CSV."]),
        ("email,name\na@example.org,=1+1", ["Line 2 has a name that a spreadsheet takes for a formula."]),
        ("email", ["Between 1 and 10,000 people."]),
    ],
)
def test_a_bad_list_invites_nobody_and_names_its_lines(
    signed_in_as: SignedInAs, text: str, problems: list[str]
) -> None:
    answer = signed_in_as("owner").post(BULK, {"act": "invite", "reason": "ticket", "csv": text})
    assert answer.status_code == 400
    assert [each["detail"] for each in answer.json()["errors"]] == problems
    assert not BulkJob.objects.exists()


def test_the_addresses_of_a_list_are_kept_encrypted_and_go_with_a_cancelled_job(signed_in_as: SignedInAs) -> None:
    owner = signed_in_as("owner")
    job = prepare(owner, "invite", csv="email\nnew@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM adminpanel_bulkinvitation")
        assert "new@example.org" not in str(cursor.fetchall())
    assert owner.post(f"{BULK}/{job['id']}/cancel").status_code == 200
    assert not BulkInvitation.objects.exists()


def test_a_dry_run_that_nobody_starts_goes_after_a_week(signed_in_as: SignedInAs) -> None:
    prepare(signed_in_as("owner"), "invite", csv="email\nnew@example.org")
    RetentionService(now=timezone.now() + timedelta(days=6)).purge()
    assert BulkJob.objects.count() == 1
    RetentionService(now=timezone.now() + timedelta(days=8)).purge()
    assert not BulkJob.objects.exists()


@pytest.mark.usefixtures("second_owner_required")
def test_a_job_waits_for_a_second_owner_where_it_is_configured(alice: User, bob: User, many: list[User]) -> None:
    first, second = in_session(with_role(alice, "owner")), in_session(with_role(bob, "owner"))
    job = prepare(first, "suspend", many)
    answer = first.post(f"{BULK}/{job['id']}/start")
    assert answer.json()["code"] == "second_owner_needed"
    (asked,) = second.get("/api/admin/approvals").json()["results"]
    assert asked["details"] == {"operation": "suspend", "count": 5, "reason": "ticket 4711"}
    assert second.post(f"/api/admin/approvals/{asked['id']}/approve").status_code == 200
    start(first, job)
    start(first, job)
    assert BulkJob.objects.get().state == "running"
