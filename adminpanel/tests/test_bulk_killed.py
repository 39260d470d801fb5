"""A bulk job outlives its worker: killed with -9 it goes on from where it was, and nobody is suspended twice."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.models import AuthSession, User
from adminpanel.benchmarks.many_rows import fill_accounts
from adminpanel.models import BulkJob, BulkState
from adminpanel.models.bulk import OVERDUE
from adminpanel.tasks import sweep_bulk
from adminpanel.tests.conftest import SignedInAs
from audit.models import AuditLog
from config.testing import row_held
from designsystem.benchmarks.celery_processes import CeleryProcesses

_PATIENCE = 300.0  # seconds
_ACCOUNTS = 8_000
_KILLS = 2


@pytest.mark.django_db(transaction=True)
def test_a_job_goes_on_after_its_worker_was_killed_and_does_each_row_once(
    signed_in_as: SignedInAs, tmp_path: Path
) -> None:
    if connection.vendor != "postgresql" or "REDIS_URL" not in os.environ:
        pytest.skip("DATABASE_URL or REDIS_URL is missing: a worker of its own needs both")
    fill_accounts(_ACCOUNTS)
    owner = signed_in_as("owner")
    selection = {"state": "active", "created_until": "2999-01-01T00:00:00Z"}
    body = {"act": "suspend", "reason": "ticket 4711", "selection": selection}
    job = BulkJob.objects.get(pk=owner.post("/api/admin/bulk", body).json()["id"])
    environment = {"DATABASE_URL": _of_the_test(os.environ["DATABASE_URL"])}
    with CeleryProcesses.started(1, str(tmp_path), environment) as crew:
        chance, done = random.Random(1), 0
        last = User.objects.get(pk=job.rows.exclude(user_id=job.actor_id or job.pk).latest("pk").user_id)
        go_on: Callable[[], object] = partial(owner.post, f"/api/admin/bulk/{job.pk}/start")
        for _ in range(_KILLS):
            with row_held(last):
                go_on()
                done = _wait(job, beyond=done)
                time.sleep(chance.random() / 10)  # in the middle of a chunk
                crew.kill_one(chance)
                assert BulkJob.objects.get(pk=job.pk).state == BulkState.RUNNING
            crew.fill()
            # as though the minute had passed after which nobody is taken to work on it
            BulkJob.objects.filter(pk=job.pk).update(touched_at=BulkJob.objects.get(pk=job.pk).touched_at - OVERDUE)
            go_on = sweep_bulk
        go_on()
        _wait(job, beyond=_ACCOUNTS)
    outcomes = Counter(job.rows.values_list("outcome", flat=True))
    changed = set(job.rows.filter(outcome="changed").values_list("user_id", flat=True))
    assert outcomes == {"changed": job.total - 1, "refused": 1}  # nobody suspends themselves
    assert set(User.objects.filter(pk__in=changed).values_list("is_active", "epoch")) == {(False, 1)}
    assert not AuthSession.objects.filter(user__in=changed, ended_at__isnull=True).exists()
    told = AuditLog.objects.filter(action="bulk.chunk_done").values_list("details", flat=True)
    assert Counter(each for details in told for each in json.loads(details)["ids"]) == Counter(map(str, changed))


def _wait(job: BulkJob, *, beyond: int) -> int:
    """Until more rows are done than `beyond`, or all; how many."""
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends:
        job.refresh_from_db()
        if job.processed > beyond or job.state == BulkState.DONE:
            return job.processed
        time.sleep(0.02)
    raise AssertionError(f"{job.processed} of {job.total} rows are done, and the job is {job.state}")


def _of_the_test(url: str) -> str:
    """The database that the test has made for itself, as another process reaches it."""
    return urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
