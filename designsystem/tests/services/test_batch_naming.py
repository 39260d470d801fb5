"""Names for a batch by Message Batches: half the price, any order, a day at most, and whatever may go wrong there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.testing.consents import agree
from audit.models import AuditLog
from designsystem.models import (
    BatchState,
    Extraction,
    MessageBatch,
    MessageBatchState,
    Provider,
)
from designsystem.services.batch_naming import BatchNaming
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService
from designsystem.tests.providers.messages_server import Script
from designsystem.tests.services.batch_questions import (
    HALF,
    asked,
    looked_after,
    measured,
    merged,
    named,
    notes,
    spent,
    states,
)
from designsystem.tests.services.test_naming import KEY

pytestmark = pytest.mark.django_db


def test_a_batch_is_named_together_in_any_order_at_half_the_price(script: Script, alice: Any) -> None:
    batch = measured(alice)
    batch.refresh_from_db()
    assert (states(batch), batch.done, batch.waiting) == ({"naming": 3}, 0, 3)
    assert spent() > 3 * HALF, "before it is asked the most that it can cost is set aside"
    row = asked(batch)
    assert (row.state, row.remote_id) == (MessageBatchState.RUNNING, "msgbatch_1")
    (remote,) = script.batches.values()
    keys = [each["custom_id"] for each in remote.requests]
    assert keys == [item.pk.hex for item in batch.items.order_by("position")]
    assert remote.requests[0]["params"]["output_config"]["format"]["type"] == "json_schema"
    looked_after(row)
    batch = merged(batch)
    assert (batch.state, batch.done, states(batch)) == (BatchState.DONE, 3, {"done": 3})
    assert spent() == 3 * HALF
    for extraction in Extraction.objects.all():
        assert (extraction.state, extraction.dollars, extraction.request_id) == ("done", HALF, "msg_1")
        assert extraction.picture_factor == 1
        assert "brand" in json.loads(extraction.document)["color"]["palette"]
    assert AuditLog.objects.filter(action="extraction.created", outcome="success").count() == 3
    assert script.batches == {}, "the service keeps neither pictures nor answers"
    assert {key.removeprefix("Bearer ") for key in script.keys} == {KEY}
    assert script.asked == [], "nothing was asked at the full price"


def test_the_names_of_the_model_are_those_of_the_merged_set(script: Script, alice: Any) -> None:
    batch = named(measured(alice))
    tokens = json.loads(batch.document)
    brand = tokens["color"]["palette"]["brand"]["$extensions"]["dev.loupe"]["evidence"]
    assert brand["pictureCount"] == 3
    assert brand["names"] == [{"name": "brand", "by": "claude-test", "theme": "light", "pictures": 3}]
    assert "Names and roles by claude-test" in tokens["$extensions"]["dev.loupe"]["notes"][0]


def test_models_that_disagree_are_named_and_most_of_them_win(script: Script, alice: Any) -> None:
    other = script.message()
    other["content"] = [{"type": "text", "text": script.text.replace("brand", "ink")}]
    script.outcomes[1] = {"type": "succeeded", "message": other}
    batch = named(measured(alice))
    assert "brand" in json.loads(batch.document)["color"]["palette"]
    assert [each for each in batch.conflicts if each["kind"] == "split-name"] == [
        {
            "kind": "split-name",
            "token": "color.palette.brand",
            "theme": None,
            "choices": [{"value": "brand", "pictures": 2}, {"value": "ink", "pictures": 1}],
        }
    ]


def test_a_known_result_is_not_asked_for_again(script: Script, alice: Any) -> None:
    named(measured(alice, screens=1))
    batch = measured(alice, screens=1)
    assert states(batch) == {"done": 1}
    assert spent() == HALF


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"type": "expired"}, "expired"),
        ({"type": "canceled"}, "canceled"),
        ({"type": "errored", "error": {"type": "error", "error": {"type": "invalid_request_error", "message": "x"}}},
         "errored_invalid_request_error"),
    ],
)  # fmt: skip
def test_what_the_service_did_not_do_falls_back_by_itself_and_costs_nothing(
    script: Script, alice: Any, result: Any, code: str
) -> None:
    script.outcomes[1] = result
    batch = named(measured(alice))
    assert (batch.state, batch.done, notes(batch)) == (BatchState.DONE, 3, ["", code, ""])
    assert f"gave no names ({code})" in batch.items.get(position=1).extraction.document  # type: ignore[union-attr]
    assert spent() == 2 * HALF


def test_a_reply_that_is_no_json_falls_back_and_is_paid(script: Script, alice: Any) -> None:
    bad = {**script.message(), "content": [{"type": "text", "text": "no JSON"}]}
    script.outcomes[0] = {"type": "succeeded", "message": bad}
    batch = named(measured(alice))
    assert (batch.done, notes(batch)) == (3, ["reply_invalid", "", ""])
    assert spent() == 3 * HALF


@pytest.mark.parametrize("line", ["{", "[]", '{"custom_id": 5}', '{"custom_id": "x", "result": {"type": "new"}}', ""])
def test_a_line_that_cannot_be_read_costs_one_item_its_names_and_no_other(
    script: Script, alice: Any, line: str
) -> None:
    script.lines = lambda lines: [lines[2], line, lines[0]]
    batch = named(measured(alice))
    assert (batch.done, notes(batch)) == (3, ["", "answer_missing", ""])
    assert spent() > 2 * HALF, "nobody knows whether the lost answer was charged"


def test_answers_about_other_things_change_nothing(script: Script, alice: Any, bob: Any) -> None:
    agree(bob)
    foreign = measured(bob, screens=1)
    other = foreign.items.get().pk.hex
    script.lines = lambda lines: [*lines, *(lines[0].replace(_key(lines[0]), key) for key in (other, "../x"))]
    batch = measured(alice)
    BatchNaming().gather(batch.pk)
    row = MessageBatch.objects.get()
    BatchNaming().work(row.pk)
    looked_after(row)
    assert states(batch) == {"done": 3}
    assert states(foreign) == {"naming": 1}


def _key(line: str) -> str:
    return str(json.loads(line)["custom_id"])


def test_an_error_of_the_service_is_asked_about_again_and_then_left(script: Script, alice: Any) -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "secret words"}}
    script.outcomes[0] = {"type": "errored", "error": overloaded}
    batch = measured(alice)
    row = asked(batch)
    looked_after(row)
    assert states(batch) == {"done": 2, "naming": 1}
    again = MessageBatch.objects.exclude(pk=row.pk).get()
    assert again.items.get().position == 0
    BatchNaming().work(again.pk)
    looked_after(again)
    batch = merged(batch)
    assert (batch.state, notes(batch)) == (BatchState.DONE, ["errored_overloaded_error", "", ""]), "two are allowed"
    assert spent() == 2 * HALF


def test_claude_fails_by_item_where_hybrid_falls_back(script: Script, alice: Any) -> None:
    script.outcomes[2] = {"type": "expired"}
    batch = named(measured(alice, Provider.CLAUDE))
    assert (batch.state, batch.done, batch.failed) == (BatchState.DONE, 2, 1)
    assert batch.items.get(position=2).error_code == "model_unavailable"
    assert Extraction.objects.get(state="failed").naming_error == "expired"
    script.outcomes.clear()
    BatchService().retry(batch)
    BatchWorker().run(batch.items.get(position=2).pk)
    BatchNaming().gather(batch.pk)
    again = MessageBatch.objects.get(state=MessageBatchState.SENDING)
    BatchNaming().work(again.pk)
    looked_after(again)
    batch = merged(batch)
    assert (batch.state, batch.done, batch.failed) == (BatchState.DONE, 3, 0)
