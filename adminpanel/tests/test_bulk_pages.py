"""Many accounts from the list: a dry run to look at, a start, progress to watch, and the opposite to prepare."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from adminpanel.models import BulkJob
from adminpanel.services.bulk_worker import BulkWorker
from adminpanel.tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


@pytest.fixture
def owner(browser_as: BrowserAs) -> Client:
    return browser_as("owner")


def choose(browser: Client, users: list[User], act: str = "suspend", reason: str = "ticket 4711") -> Any:
    chosen = {"action": f"bulk_{act}", "_selected_action": [str(each.pk) for each in users], "reason": reason}
    return browser.post(LIST, chosen)


def address(job: BulkJob, act: str = "") -> str:
    return f"/admin/adminpanel/bulkjob/{job.pk}/{act}"


def test_a_choice_prepares_a_dry_run_and_does_nothing(owner: Client, alice: User, bob: User) -> None:
    answer = choose(owner, [alice, bob])
    job = BulkJob.objects.get()
    assert answer.headers["Location"] == address(job)
    page = owner.get(address(job)).content.decode()
    assert "do this to 2 accounts" in page
    assert str(alice.pk) in page
    assert User.objects.get(pk=alice.pk).is_active


def test_a_job_is_started_watched_and_undone(owner: Client, alice: User, bob: User) -> None:
    choose(owner, [alice, bob])
    job = BulkJob.objects.get()
    owner.post(address(job, "start/"))
    assert owner.get(address(job, "progress/")).json()["over"] is False
    BulkWorker().run(job.pk)
    told = owner.get(address(job, "progress/")).json()
    assert (told["state"], told["done"], told["counts"]["changed"], told["over"]) == ("done", 2, 2, True)
    assert not User.objects.get(pk=alice.pk).is_active
    back = owner.post(address(job, "undo/"), {"reason": f"Undo of job {job.pk}"})
    opposite = BulkJob.objects.exclude(pk=job.pk).get()
    assert back.headers["Location"] == address(opposite)
    owner.post(address(opposite, "start/"))
    BulkWorker().run(opposite.pk)
    assert User.objects.get(pk=alice.pk).is_active


def test_a_job_can_be_cancelled_before_it_starts(owner: Client, alice: User) -> None:
    choose(owner, [alice])
    job = BulkJob.objects.get()
    owner.post(address(job, "cancel/"))
    owner.post(address(job, "start/"))
    BulkWorker().run(job.pk)
    assert User.objects.get(pk=alice.pk).is_active


def test_a_choice_without_a_reason_prepares_nothing(owner: Client, alice: User) -> None:
    choose(owner, [alice], reason="")
    assert not BulkJob.objects.exists()


def test_who_may_not_act_on_many_is_offered_nothing(browser_as: BrowserAs, alice: User) -> None:
    security = browser_as("security")
    assert 'name="action"' not in security.get(LIST).content.decode()
    choose(security, [alice])
    assert not BulkJob.objects.exists()
