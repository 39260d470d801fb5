"""Suspends many accounts through a real server and a real worker while others use the site, and looks at what came of
it: every row, every entry of the trail, every session.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import cycle
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import AuthSession, User
from accounts.services.session import PASSWORD, SessionManager, Tokens
from adminpanel.benchmarks.owner import access_token_of
from adminpanel.benchmarks.site_clients import PacedClient, at_work
from adminpanel.models import BulkJob, BulkOutcome, BulkState
from audit.models import AuditLog
from designsystem.benchmarks.celery_processes import CeleryProcesses
from designsystem.benchmarks.web_server import NotAnswered, WebServer

_QUIET = 20.0  # seconds in which the site has nothing else to do
_LOOK = 0.2
_STANDS_STILL = 600.0
_VISITORS = 20
_PASSWORD = "a visitor of a benchmark"  # noqa: S105 - of accounts in a database that is thrown away
# one client is all visitors, and stands for many addresses
_LIMITS = {"LOUPE_API_RATE_CREDENTIALS": "100000/minute", "LOUPE_API_RATE_READ": "100000/minute"}


def run(owner: User, count: int) -> dict[str, Any]:
    """The figures of suspending the `count` oldest active accounts; times in seconds, of calls in milliseconds."""
    visitors = [_visitor(number) for number in range(_VISITORS)]
    with (
        TemporaryDirectory() as folder,
        CeleryProcesses.started(1, folder, {}),
        WebServer.started(visitors[0], _LIMITS) as server,
    ):
        suspension = _Suspension(server, {"Authorization": f"Bearer {access_token_of(owner)}"}, count)
        return suspension.measured([_asks_me(server), _logs_in(server, visitors)])


@dataclass(frozen=True, slots=True)
class _Suspension:
    server: WebServer
    headers: dict[str, str]
    count: int

    def measured(self, clients: list[PacedClient]) -> dict[str, Any]:
        witnesses = [SessionManager().start(user, [PASSWORD]) for user in _oldest_active()[:3]]
        with at_work(clients):
            time.sleep(_QUIET)
            asked = time.monotonic()
            job = self._prepared()
            prepared = time.monotonic()
            self._post(f"bulk/{job.pk}/start")
            started = time.monotonic()
            _wait_for(job)
            done = time.monotonic()
        return {
            "load_average": os.getloadavg(),
            "dry_run": round(prepared - asked, 1),
            "suspension": round(done - started, 1),
            **{
                each.name: {"before": each.figures(0, asked), "during": each.figures(started, done)} for each in clients
            },
            **_outcome(job),
            "sessions_still_live": _live_sessions(job),
            "witnesses_answered": [self._status(each) for each in witnesses],
        }

    def _prepared(self) -> BulkJob:
        until = _oldest_active()[self.count].created_at
        body = {
            "act": "suspend",
            "reason": "measuring a bulk suspension",
            "selection": {"state": "active", "created_until": until.isoformat()},
        }
        return BulkJob.objects.get(pk=self._post("bulk", body)["id"])

    def _post(self, path: str, body: Any = None) -> Any:
        connection = self.server.connect()
        content = None if body is None else json.dumps(body)
        headers = {**self.headers, "Content-Type": "application/json"}
        connection.request("POST", f"/api/admin/{path}", content, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise NotAnswered(f"{answer.status}: {text[:300]!r}")
        return json.loads(text)

    def _status(self, tokens: Tokens) -> int:
        """What somebody gets whose account was suspended; 401 is right."""
        return _me(self.server.connect(), {"Authorization": f"Bearer {tokens.access}"})


def _oldest_active() -> Any:
    return User.objects.filter(is_active=True, email_verified_at__isnull=False).order_by("created_at", "pk")


def _visitor(number: int) -> User:
    email = f"visitor.{number}@benchmark.invalid"
    found = User.objects.by_email(email)
    return found or User.objects.create_user(email, _PASSWORD, email_verified_at=timezone.now())


def _asks_me(server: WebServer) -> PacedClient:
    return PacedClient("auth/me", 0.1, server.connect, partial(_me, headers=dict(server.headers)))


def _me(connection: http.client.HTTPConnection, headers: dict[str, str]) -> int:
    connection.request("GET", "/api/auth/me", headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _logs_in(server: WebServer, visitors: list[User]) -> PacedClient:
    people = cycle([each.email for each in visitors[1:]])

    def ask(connection: http.client.HTTPConnection) -> int:
        body = json.dumps({"identifier": next(people), "password": _PASSWORD})
        connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return PacedClient("auth/login", 0.5, server.connect, ask)


def _wait_for(job: BulkJob) -> None:
    ends = time.monotonic() + _STANDS_STILL
    while BulkJob.objects.values_list("state", flat=True).get(pk=job.pk) == BulkState.RUNNING:
        if time.monotonic() > ends:
            raise NotAnswered(f"the job stands still: {BulkJob.objects.get(pk=job.pk).processed} rows are done")
        time.sleep(_LOOK)


def _outcome(job: BulkJob) -> dict[str, Any]:
    """What the rows, the accounts and the trail say; they have to say the same."""
    job.refresh_from_db()
    changed = set(job.rows.filter(outcome=BulkOutcome.CHANGED).values_list("user_id", flat=True))
    chunks = list(_told(job))
    told = [each for chunk in chunks for each in chunk]
    return {
        "rows": job.rows.count(),
        "state": job.state,
        "changed": len(changed),
        "accounts_suspended": User.objects.filter(
            is_active=False, pk__in=job.rows.values("user_id"), epoch__gt=0
        ).count(),
        "entries_of_chunks": len(chunks),
        "told_twice": len(told) - len(set(told)),
        "told_and_not_changed_or_the_reverse": len(set(told) ^ changed),
    }


def _told(job: BulkJob) -> Iterator[list[UUID]]:
    """The accounts that each entry of the trail names."""
    entries = AuditLog.objects.filter(action="bulk.chunk_done", target=f"bulkjob:{job.pk}")
    for details in entries.values_list("details", flat=True):
        yield [UUID(each) for each in json.loads(details)["ids"]]


def _live_sessions(job: BulkJob) -> int:
    now: datetime = timezone.now()
    of_job = job.rows.filter(outcome=BulkOutcome.CHANGED).values("user_id")
    return AuthSession.objects.filter(user__in=of_job, ended_at__isnull=True, expires_at__gt=now).count()
