"""What signals do not see, and what happens on another machine, is in the trail too."""

from __future__ import annotations

import json
from typing import Any

import celery
import pytest
from auditlog.registry import auditlog

from accounts.models import BlindIndex, User
from audit import context
from audit.actions import Action
from audit.bulk import AuditedQuerySet
from audit.celery_task import AuditedTask
from audit.changes import diff_digest
from audit.logger import AuditLogger
from audit.models import AuditLog, ChangeEntry

pytestmark = pytest.mark.django_db


def said() -> list[dict[str, Any]]:
    entries = AuditLog.objects.filter(action=Action.ROWS_CHANGED).order_by("id")
    return [json.loads(each.details) for each in entries]


@pytest.fixture
def users() -> list[User]:
    found = [User.objects.create_user(f"user{number}@example.org") for number in range(3)]
    return sorted(found, key=lambda user: user.pk)


def test_every_audited_model_writes_many_rows_through_the_audited_query_set() -> None:
    audited = auditlog.get_models()
    assert User in audited
    assert [model for model in audited if not isinstance(model._default_manager.all(), AuditedQuerySet)] == []


def test_an_update_of_many_rows_leaves_one_entry_that_names_rows_and_fields(users: list[User]) -> None:
    AuditedQuerySet(User).filter(pk__in=[users[0].pk, users[2].pk]).order_by("pk").update(is_active=False)
    (entry,) = said()
    assert sorted(entry["ids"]) == [str(users[0].pk), str(users[2].pk)]
    assert (entry["operation"], entry["fields"], entry["count"]) == ("update", ["is_active"], 2)


def test_bulk_create_update_and_delete_leave_one_entry_each(users: list[User]) -> None:
    rows: AuditedQuerySet[BlindIndex] = AuditedQuerySet(BlindIndex)
    made = rows.bulk_create(
        [BlindIndex(user=users[0], identifier="phone", key_id=f"k{number}", digest=str(number)) for number in range(3)]
    )
    for row in made:
        row.digest = f"new{row.digest}"
    rows.bulk_update(made, ["digest"])
    rows.filter(pk__in=[row.pk for row in made]).delete()
    assert [(entry["operation"], entry["count"]) for entry in said()] == [("create", 3), ("update", 3), ("delete", 3)]
    assert BlindIndex.objects.filter(identifier="phone").count() == 0


def test_a_diff_is_linked_into_the_trail_and_holds_no_address(users: list[User]) -> None:
    users[0].is_staff = True
    users[0].save()
    change = ChangeEntry.objects.filter(object_pk=str(users[0].pk)).latest("id")
    change.actor_email = "alice@example.org"  # as auditlog's own middleware fills it in
    change.save()
    change.refresh_from_db()
    entry = AuditLog.objects.filter(action=Action.MODEL_CHANGED).latest("id")
    assert change.actor_email is None
    assert json.loads(entry.details)["diff_sha256"] == diff_digest(change)
    assert json.loads(entry.details)["fields"] == ["is_staff"]


def test_a_task_acts_for_whoever_asked_and_the_broker_sees_no_address() -> None:
    app = celery.Celery("test", broker="memory://", task_cls=AuditedTask)
    app.conf.task_always_eager = True
    sent: list[dict[str, Any]] = []

    @app.task(bind=True)
    def work(self: celery.Task) -> None:  # type: ignore[type-arg]
        sent.append(dict(self.request.headers or {}))
        AuditLogger().record(Action.BATCH_CREATED)

    with context.acting(context.AuditContext(actor="user:alice", request_id="abcdefgh", address="203.0.113.9")):
        work.apply_async()
    assert "203.0.113.9" not in str(sent[0])
    work.apply(headers=sent[0])  # another process: only the message knows who asked
    assert [(each.actor, each.request_id) for each in AuditLog.objects.all()] == [("user:alice", "abcdefgh")] * 2
    work.apply(headers=dict.fromkeys(sent[0], "dev:AAAA"))
    assert AuditLog.objects.latest("id").actor == context.SYSTEM
