"""A Message Batch is looked after until it ends: the service is busy, a process dies, its owner changes their mind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.testing.consents import agree, withdraw
from config.testing import configured
from designsystem import dispatch
from designsystem.models import (
    Batch,
    BatchItem,
    BatchState,
    Extraction,
    MessageBatch,
    MessageBatchState,
    ModelSpending,
)
from designsystem.services import batch_naming
from designsystem.services.batch_naming import BatchNaming
from designsystem.services.batches import BatchService
from designsystem.tests.providers.messages_server import Script, messages_server
from designsystem.tests.services.batch_questions import (
    HALF,
    asked,
    due,
    looked_after,
    measured,
    merged,
    named,
    notes,
    spent,
    states,
)
from designsystem.tests.services.test_naming import GOOD, PRICE, settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_it_is_looked_at_until_it_ends(script: Script, alice: Any) -> None:
    script.ended = False
    batch = measured(alice)
    row = asked(batch)
    for _ in range(3):
        looked_after(row)
    row.refresh_from_db()
    assert row.due_at > timezone.now() + timedelta(seconds=50)
    assert not any(path.endswith("/results") for path in script.paths)
    script.ended = True
    looked_after(row)
    assert states(batch) == {"done": 3}


def test_a_service_that_never_ends_is_left_after_its_day(
    script: Script, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.ended = False
    batch = measured(alice)
    row = asked(batch)
    monkeypatch.setattr(batch_naming, "_GRACE", -timedelta(hours=25))
    looked_after(row)
    assert notes(batch) == ["expired"] * 3
    assert spent() > 3 * HALF, "it may have been charged"


def test_a_process_that_dies_before_the_service_has_an_id_finds_what_it_asked(script: Script, alice: Any) -> None:
    script.lose = True
    batch = measured(alice)
    row = asked(batch)
    assert (row.state, row.remote_id, len(script.batches)) == (MessageBatchState.SENDING, "", 1)
    assert row.asked_at is not None
    script.lose = False
    looked_after(row)
    looked_after(row)
    assert states(batch) == {"done": 3}
    assert [path for path in script.paths if path == "POST /v1/messages/batches"] == ["POST /v1/messages/batches"]
    assert spent() == 3 * HALF, "nothing is asked or paid twice"


def test_what_only_looked_like_ours_is_left_alone_and_ours_is_asked(script: Script, alice: Any) -> None:
    script.only, script.cut = "POST /v1/messages/batches", True
    batch = measured(alice, screens=1)
    row = asked(batch)
    script.cut = False
    (lost,) = script.batches.values()
    lost.requests[0]["custom_id"] = "somebody-elses"
    for _ in range(4):
        looked_after(row)
    assert states(batch) == {"done": 1}
    assert list(script.batches) == ["msgbatch_1"], "somebody else's batch is not deleted"


def test_a_process_that_dies_in_the_middle_of_the_answers_takes_in_the_rest_once(
    script: Script, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = measured(alice)
    row = asked(batch)
    taken: list[str] = []
    answered = BatchNaming._answered

    def dies(self: BatchNaming, row: Any, answer: Any) -> bool:
        if taken:
            raise KeyboardInterrupt
        taken.append(answer.custom_id)
        return answered(self, row, answer)

    monkeypatch.setattr(BatchNaming, "_answered", dies)
    with pytest.raises(KeyboardInterrupt):
        looked_after(row)
    monkeypatch.undo()
    assert states(batch) == {"done": 1, "naming": 2}
    looked_after(row)
    assert states(batch) == {"done": 1, "naming": 2}, "its lease is another's"
    MessageBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    looked_after(row)
    batch = merged(batch)
    assert (batch.done, spent(), Extraction.objects.count()) == (3, 3 * HALF, 3)


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_busy_service_is_asked_later(script: Script, alice: Any, status: int) -> None:
    script.status, script.headers = status, {"retry-after": "120"}
    batch = measured(alice)
    row = asked(batch)
    assert (row.state, row.asked_at, row.refusals) == (MessageBatchState.SENDING, None, 1)
    assert timedelta(seconds=100) < row.due_at - timezone.now() <= timedelta(seconds=120)
    script.status, script.headers = 200, {}
    looked_after(row)
    script.status = status
    looked_after(row)
    assert states(batch) == {"naming": 3}, "what is under way is not given up because a look failed"
    script.status = 200
    looked_after(row)
    assert states(batch) == {"done": 3}
    assert spent() == 3 * HALF


@pytest.mark.parametrize(("status", "looks"), [(529, 2), (401, 1), (400, 1)])
def test_a_service_that_refuses_for_good_leaves_what_was_measured(
    script: Script, alice: Any, status: int, looks: int
) -> None:
    script.status = status
    batch = measured(alice)
    row = asked(batch)
    for _ in range(looks - 1):
        looked_after(row)
    batch = merged(batch)
    assert (batch.state, notes(batch)) == (BatchState.DONE, [f"status_{status}"] * 3)
    assert spent() == 0


def test_a_batch_that_the_service_lost_falls_back(script: Script, alice: Any) -> None:
    batch = measured(alice)
    row = asked(batch)
    script.status = 404
    looked_after(row)
    assert notes(batch) == ["status_404"] * 3
    assert spent() > 3 * HALF


def test_a_day_that_allows_no_more_leaves_the_rest_without_names(script: Script, alice: Any) -> None:
    ModelSpending.objects.create(owner=alice, day=timezone.now().date(), dollars=Decimal("4.92"))
    batch = named(measured(alice))
    assert (batch.done, notes(batch)) == (3, ["", "budget_spent", "budget_spent"])
    assert spent() == Decimal("4.92") + HALF


def test_cancelling_gives_what_was_measured_and_ends_it_at_the_service(script: Script, alice: Any) -> None:
    script.ended = False
    batch = measured(alice)
    row = asked(batch)
    BatchService().cancel(batch)
    BatchNaming().gather(batch.pk)
    BatchNaming().work(row.pk)
    assert script.batches["msgbatch_1"].cancelled
    looked_after(row)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.waiting) == (BatchState.CANCELLED, 3, 0)
    assert notes(batch) == ["canceled"] * 3
    assert spent() == 0


def test_what_was_not_asked_yet_is_not_asked_after_cancelling(script: Script, alice: Any) -> None:
    batch = measured(alice)
    BatchService().cancel(batch)
    assert [name for name, _ in BatchNaming().sweep()] == [dispatch.GATHER_QUESTIONS]
    BatchNaming().gather(batch.pk)
    assert (states(batch), script.paths) == ({"done": 3}, [])
    assert spent() == 0


def test_a_deleted_batch_is_ended_and_forgotten_at_the_service(script: Script, alice: Any) -> None:
    script.ended = False
    batch = measured(alice)
    row = asked(batch)
    batch.delete()
    for _ in range(2):
        looked_after(row)
    assert script.batches == {}
    assert list(BatchNaming().sweep()) == []
    assert not MessageBatch.objects.exists()


def test_a_deleted_extraction_fails_its_item_alone(script: Script, alice: Any) -> None:
    batch = measured(alice)
    Extraction.objects.filter(batch_item__position=1).delete()
    batch = named(batch)
    assert states(batch) == {"done": 2, "failed": 1}
    assert batch.items.get(position=1).error_code == "extraction_deleted"
    assert spent() == 2 * HALF


def test_many_questions_are_asked_in_parts(script: Script, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_naming, "_MOST_BYTES", 1)
    batch = measured(alice)
    for _ in range(3):
        BatchNaming().gather(batch.pk)
        BatchNaming().work(MessageBatch.objects.get(state=MessageBatchState.SENDING).pk)
    assert [len(each.requests) for each in script.batches.values()] == [1, 1, 1]
    due()
    for name, key in BatchNaming().sweep():
        assert name == dispatch.WORK_MESSAGE_BATCH
        BatchNaming().work(key)
    assert states(batch) == {"done": 3}


def test_the_last_measured_item_has_all_asked_about(
    script: Script, alice: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(dispatch, "send", lambda name, key: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        measured(alice)
    assert sent.count(dispatch.GATHER_QUESTIONS) == 1
    BatchItem.objects.update(queued_at=timezone.now() - timedelta(hours=1))
    Batch.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    assert dispatch.GATHER_QUESTIONS in [name for name, _ in BatchNaming().sweep()], (
        "and the sweeper, when that is lost"
    )


def test_whoever_takes_their_consent_back_is_heard_before_it_is_asked(script: Script, alice: Any) -> None:
    batch = measured(alice)
    withdraw(alice)
    asked(batch)
    assert (notes(batch), script.paths, spent()) == (["consent_missing"] * 3, [], Decimal(0))


def test_and_while_it_is_asked(script: Script, alice: Any) -> None:
    script.ended = False
    batch = measured(alice)
    row = asked(batch)
    withdraw(alice)
    for _ in range(2):
        looked_after(row)
    assert (notes(batch), spent()) == (["canceled"] * 3, Decimal(0))
    assert script.batches == {}


def test_without_consent_a_measured_item_is_done_at_once(script: Script, alice: Any) -> None:
    withdraw(alice)
    assert states(measured(alice)) == {"done": 3}
    assert not ModelSpending.objects.exists()


def test_while_the_owner_restricts_the_processing_it_waits(script: Script, alice: Any) -> None:
    batch = measured(alice)
    BatchNaming().gather(batch.pk)
    User.objects.update(restricted_at=timezone.now())
    row = MessageBatch.objects.get()
    looked_after(row)
    assert (states(batch), script.paths) == ({"naming": 3}, [])
    User.objects.update(restricted_at=None)
    looked_after(row)
    looked_after(row)
    assert states(batch) == {"done": 3}


def test_without_message_batches_every_picture_is_asked_about_at_once(alice: Any) -> None:
    agree(alice)
    with (
        messages_server() as (address, script),
        configured(vision_service=settings(address, message_batches=False)),
    ):
        script.text = GOOD
        batch = measured(alice)
        assert (states(batch), len(script.asked), script.batches) == ({"done": 3}, 3, {})
    assert spent() == 3 * PRICE
