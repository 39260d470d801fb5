"""Refused authorisation is recorded wherever it happens, once, and a flood of it stays small."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from audit import context
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from audit.models import AuditLog
from audit.refusals import RefusalRecorder
from config.api.refusals import Refusal

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], APIClient]
REFUSAL = Refusal("POST", "api/things/<uuid:id>", ("4f0c",), "permission_denied")


def denied() -> list[dict[str, object]]:
    found = AuditLog.objects.filter(action="access.denied", outcome="refused").order_by("id")
    return [json.loads(details) for details in found.values_list("details", flat=True)]


def test_a_refused_call_is_one_entry_with_who_where_and_why(alice: User, signed_in: SignedIn) -> None:
    assert signed_in(alice).get("/api/admin/users").status_code == 403
    entry = AuditLog.objects.get(action="access.denied")
    assert (entry.actor, entry.outcome) == (f"user:{alice.pk}", "refused")
    told = json.loads(entry.details)
    assert (told["reason"], told["operation"], told["count"]) == ("permission_missing", "GET", 1)
    assert told["route"].endswith("admin/users")


def test_a_flood_of_refused_calls_leaves_few_entries_that_count_them_all(
    alice: User, bob: User, signed_in: SignedIn
) -> None:
    caller = signed_in(alice)
    for _ in range(25):
        caller.get("/api/admin/users")
    assert [each["count"] for each in denied()] == [1, 1, 1, 1, 1, 5]
    signed_in(bob).get("/api/admin/users")
    caller.get("/api/admin/audit")
    assert [each["count"] for each in denied()][6:] == [1, 1], "another actor and another route are not the flood"


def test_what_a_window_left_untold_is_told_in_the_next(db: None) -> None:
    now = [0.0]
    recorder = RefusalRecorder(each=2, seconds=60, clock=lambda: now[0])
    for _ in range(9):
        recorder(REFUSAL)
    now[0] = 61
    recorder(REFUSAL)
    assert [each["count"] for each in denied()] == [1, 1, 8]


def test_only_so_many_actors_are_remembered(db: None) -> None:
    recorder = RefusalRecorder(most=3)
    for number in range(10):
        with context.acting(context.AuditContext(actor=f"user:{number}")):
            recorder(REFUSAL)
    assert len(recorder._windows) == 3
    assert len(denied()) == 10


def test_what_a_service_has_recorded_is_not_recorded_again(db: None) -> None:
    recorder = RefusalRecorder()
    AuditLogger().record(Action.ACCESS_DENIED, Outcome.REFUSED, target="user:x")
    recorder(REFUSAL)
    assert denied() == [{}]
    recorder(REFUSAL)
    assert len(denied()) == 2, "that was about one refusal, not about all that follow"
