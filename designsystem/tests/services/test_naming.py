"""A model names what a worker measured: asked again when it is busy, paid within a budget, done without it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone
from pydantic import SecretStr
from rest_framework.test import APIClient

from accounts.testing.consents import agree
from config.services.vision import VisionConfigService
from config.testing import configured
from designsystem.models import Extraction, ExtractionState, ModelSpending, Provider
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Upload
from designsystem.tests import pictures
from designsystem.tests.providers.messages_server import Script, messages_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
GOOD = json.dumps(
    {"names": [{"id": "c1", "name": "brand"}], "roles": [], "components": [], "fonts": [], "theme": "light"}
)
PRICE = Decimal("0.010250")  # of what the local server counts, at the default prices
KEY = "sk-test-0123456789"


@pytest.fixture
def script(alice: Any) -> Iterator[Script]:
    """The model's answers; the application is configured to ask it, and alice has agreed to that."""
    agree(alice)
    with messages_server() as (address, script), configured(vision_service=settings(address)):
        script.text = GOOD
        yield script


def settings(address: str, **more: Any) -> VisionConfigService:
    return VisionConfigService(api_key=SecretStr(KEY), base_url=address, max_attempts=2, **more)


def waiting(owner: Any, provider: Provider = Provider.HYBRID) -> Extraction:
    options = Options(pixel_ratio=1.0, provider=provider)
    (outcome,) = ExtractionService().extract(owner, [Upload("/0", "a.png", pictures.page)], options)
    assert isinstance(outcome, tuple)
    return outcome[1]


def worked(row: Extraction) -> Extraction:
    ExtractionWorker().run(row.pk)
    row.refresh_from_db()
    return row


def test_a_request_for_a_model_waits_for_a_worker_and_arrives_with_names(
    script: Script, alice: Any, signed_in: Any
) -> None:
    api: APIClient = signed_in(alice)
    answer = api.post(
        "/api/design-system/extract",
        {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "pixel_ratio": 1},
        format="multipart",
    )
    assert answer.status_code == 202
    told = answer.json()["results"][0]["extraction"]
    assert (told["state"], told["provider"], told["model"]) == ("queued", "hybrid", None)
    worked(Extraction.objects.get())
    done = api.get(f"/api/design-system/extractions/{told['id']}").json()
    assert done["state"] == "done"
    assert "brand" in done["tokens"]["color"]["palette"]
    assert done["model"] == {
        "name": "claude-test",
        "request_id": "req_test_1",
        "input_tokens": 1500,
        "output_tokens": 200,
        "cached_tokens": 500,
        "dollars": str(PRICE),
        "picture_factor": 1.0,
        "error": None,
    }
    assert ModelSpending.objects.get().dollars == PRICE


def test_a_busy_model_is_asked_again_after_the_time_it_names(script: Script, alice: Any) -> None:
    script.status, script.headers = 429, {"retry-after": "120"}
    row = worked(waiting(alice))
    assert (row.state, row.model_attempts, row.document) == (ExtractionState.QUEUED, 1, "")
    assert timedelta(seconds=100) < row.due_at - timezone.now() <= timedelta(seconds=120)
    assert worked(row).attempts == 1, "before it is due nobody may have it"
    assert ExtractionWorker().sweep() == []
    script.status = 200
    Extraction.objects.update(due_at=timezone.now(), queued_at=timezone.now() - timedelta(seconds=31))
    assert ExtractionWorker().sweep() == [row.pk]
    assert worked(row).state == ExtractionState.DONE
    assert (row.naming_error, row.attempts, row.attempts_allowed) == ("", 2, 4)


def test_after_the_last_attempt_what_was_measured_arrives_marked(script: Script, alice: Any) -> None:
    script.status = 529
    row = worked(waiting(alice))
    Extraction.objects.update(due_at=timezone.now())
    assert worked(row).state == ExtractionState.DONE
    assert row.naming_error == "status_529"
    assert "gave no names (status_529)" in row.document
    assert len(script.asked) == 2
    assert ModelSpending.objects.get().dollars == 0


def test_claude_fails_where_hybrid_arrives_and_says_what_it_paid(script: Script, alice: Any) -> None:
    script.text = "no JSON"
    row = worked(waiting(alice, Provider.CLAUDE))
    assert (row.state, row.error_code, row.naming_error) == (
        ExtractionState.FAILED,
        "model_unavailable",
        "reply_invalid",
    )
    assert (row.dollars, row.request_id) == (PRICE, "req_test_1")
    assert ModelSpending.objects.get().dollars == PRICE


def test_a_spent_budget_asks_nobody_and_the_result_arrives_marked(script: Script, alice: Any) -> None:
    ModelSpending.objects.create(owner=alice, day=timezone.now().date(), dollars=Decimal("4.99"))
    row = worked(waiting(alice))
    assert (row.state, row.naming_error) == (ExtractionState.DONE, "budget_spent")
    assert script.asked == []
    ModelSpending.objects.update(day=timezone.now().date() - timedelta(days=1))
    assert worked(waiting(alice)).naming_error == "", "every day has its own budget"


def test_what_may_have_been_charged_stays_counted(script: Script, alice: Any) -> None:
    script.cut = True
    worked(waiting(alice))
    assert ModelSpending.objects.get().dollars > PRICE


@pytest.mark.parametrize("provider", ["claude", "hybrid"])
def test_a_provider_without_a_key_is_refused_clearly(alice: Any, signed_in: Any, provider: str) -> None:
    answer = signed_in(alice).post(
        "/api/design-system/extract",
        {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "provider": provider},
        format="multipart",
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "provider_unavailable")
    assert answer.json()["errors"][0]["pointer"] == "/provider"
    assert not Extraction.objects.exists()


def test_the_list_of_providers_says_which_can_work(script: Script, alice: Any, signed_in: Any) -> None:
    rows = signed_in(alice).get("/api/design-system/providers").json()["results"]
    assert [(row["name"], row["default"], row["available"]) for row in rows] == [
        ("local", False, True),
        ("claude", False, True),
        ("hybrid", True, True),
    ]
    assert rows[2]["model"] == VisionConfigService().model


@pytest.mark.django_db(transaction=True)
def test_parallel_questions_never_spend_more_than_the_day_allows(alice: Any) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.skip("DATABASE_URL is missing: SQLite in memory has one writer")
    gate = threading.Barrier(8)

    def ask(_: int) -> bool:
        gate.wait(300)
        try:
            return ModelSpending.set_aside(alice, Decimal("1.5"), Decimal("5")) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 3
    assert ModelSpending.objects.get().dollars == Decimal("4.5")
