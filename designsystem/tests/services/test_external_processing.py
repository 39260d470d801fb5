"""A picture leaves for the model only while its owner agrees, and waits while they restrict the processing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pydantic import SecretStr

from accounts import consent_texts
from accounts.consent_texts import TEXTS, ConsentText
from accounts.models import ConsentPurpose, User
from accounts.services.gdpr_restriction import RestrictionService
from accounts.testing.consents import agree, withdraw
from config.services.vision import VisionConfigService
from config.testing import configured
from designsystem.models import (
    Batch,
    BatchItem,
    BatchItemState,
    BatchState,
    Extraction,
    ExtractionState,
    MessageBatch,
    ModelSpending,
    Provider,
)
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_naming import BatchNaming
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Upload
from designsystem.tests import pictures
from designsystem.tests.providers.messages_server import Script, messages_server

pytestmark = pytest.mark.django_db
GOOD = json.dumps(
    {"names": [{"id": "c1", "name": "brand"}], "roles": [], "components": [], "fonts": [], "theme": "light"}
)
LEFT_NOT = "The picture did not leave this service"


@pytest.fixture
def script() -> Iterator[Script]:
    """The model's answers; the application asks it by configuration."""
    with messages_server() as (address, script), configured(vision_service=vision(address)):
        script.text = GOOD
        yield script


def vision(address: str, **more: Any) -> VisionConfigService:
    key = SecretStr("sk-test")
    return VisionConfigService(api_key=key, base_url=address, max_attempts=3, retry_seconds=0, **more)


def extract(client: Any, **more: str) -> Any:
    body = {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "pixel_ratio": 1, **more}
    return client.post("/api/design-system/extract", body, format="multipart")


def queued(owner: User, provider: Provider = Provider.HYBRID) -> Extraction:
    options = Options(pixel_ratio=1.0, provider=provider)
    (outcome,) = ExtractionService().extract(owner, [Upload("/0", "a.png", pictures.page)], options)
    assert isinstance(outcome, tuple)
    return outcome[1]


def worked(row: Extraction) -> Extraction:
    Extraction.objects.update(due_at=timezone.now())
    ExtractionWorker().run(row.pk)
    row.refresh_from_db()
    return row


def batch_of_three(owner: User) -> tuple[Batch, list[BatchItem]]:
    accents = ("#112233", "#445566", "#778899")
    uploads = [Upload(f"/{each}", f"{each}.png", partial(pictures.page, accent=each)) for each in accents]
    batch = BatchService().create(owner, Pictures(uploads=uploads), Options(provider=Provider.HYBRID, pixel_ratio=1.0))
    return batch, list(batch.items.order_by("position"))


def test_hybrid_by_configuration_falls_back_to_what_was_measured_and_says_so(
    script: Script, alice: User, signed_in: Any
) -> None:
    api = signed_in(alice)
    key = extract(api).json()["results"][0]["extraction"]["id"]
    worked(Extraction.objects.get())
    told = api.get(f"/api/design-system/extractions/{key}").json()
    assert (told["state"], told["error"], told["model"]["error"]) == ("done", None, "consent_missing")
    assert LEFT_NOT in json.dumps(told["tokens"])
    assert told["token_count"] > 0
    assert script.asked == []
    assert not ModelSpending.objects.exists()


@pytest.mark.parametrize("provider", ["claude", "hybrid"])
def test_who_asks_for_the_model_without_having_agreed_is_refused(
    script: Script, alice: User, signed_in: Any, provider: str
) -> None:
    api = signed_in(alice)
    answer = extract(api, provider=provider)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
    assert answer.json()["errors"][0]["pointer"] == "/provider"
    assert "/api/auth/gdpr/consents" in answer.json()["detail"]
    batch = api.post(
        "/api/design-system/batch",
        {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "provider": provider},
        format="multipart",
    )
    assert (batch.status_code, batch.json()["code"]) == (403, "consent_required")
    assert not Extraction.objects.exists()
    assert not Batch.objects.exists()
    agree(alice)
    assert extract(api, provider=provider).status_code == 202
    assert worked(Extraction.objects.get()).naming_error == ""
    assert len(script.asked) == 1


def test_claude_by_configuration_gives_nothing_without_the_model_so_it_is_refused(alice: User, signed_in: Any) -> None:
    with messages_server() as (address, script), configured(vision_service=vision(address, provider="claude")):
        assert extract(signed_in(alice)).json()["code"] == "consent_required"
        assert script.asked == []


def test_local_needs_no_consent(script: Script, alice: User, signed_in: Any) -> None:
    assert extract(signed_in(alice), provider="local").status_code == 201
    assert script.asked == []


def test_a_consent_is_its_owners_alone(script: Script, alice: User, bob: User) -> None:
    agree(bob)
    assert worked(queued(alice)).naming_error == "consent_missing"
    assert script.asked == []


def test_a_consent_that_is_taken_back_is_heard_by_the_next_call(script: Script, alice: User) -> None:
    agree(alice)
    script.status = 529
    row = worked(queued(alice))
    assert (row.state, len(script.asked)) == (ExtractionState.QUEUED, 1)
    withdraw(alice)
    script.status = 200
    row = worked(row)
    assert (row.state, row.naming_error) == (ExtractionState.DONE, "consent_missing")
    assert LEFT_NOT in row.document
    assert len(script.asked) == 1


def test_claude_that_waits_fails_when_the_consent_is_taken_back(script: Script, alice: User) -> None:
    agree(alice)
    row = queued(alice, Provider.CLAUDE)
    withdraw(alice)
    row = worked(row)
    assert (row.state, row.error_code, row.naming_error) == (
        ExtractionState.FAILED,
        "model_unavailable",
        "consent_missing",
    )
    assert script.asked == []


def test_a_consent_to_an_older_text_is_none(script: Script, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(alice)
    purpose = ConsentPurpose.EXTERNAL_PROCESSING
    monkeypatch.setattr(consent_texts, "TEXTS", {**TEXTS, purpose: (*TEXTS[purpose], ConsentText("2027-01", "More."))})
    assert worked(queued(alice)).naming_error == "consent_missing"
    agree(alice)
    assert worked(queued(alice)).naming_error == ""


def test_inside_a_batch_a_consent_is_heard_from_picture_to_picture(script: Script, alice: User) -> None:
    agree(alice)
    batch, items = batch_of_three(alice)
    BatchWorker().run(items[0].pk)
    withdraw(alice)
    BatchWorker().run(items[1].pk)
    agree(alice)
    BatchWorker().run(items[2].pk)
    rows = Extraction.objects.filter(batch_item__batch=batch).order_by("batch_item__position")
    assert [each.naming_error for each in rows] == ["", "consent_missing", ""]
    BatchNaming().gather(batch.pk)
    BatchNaming().work(MessageBatch.objects.get().pk)
    (together,) = script.batches.values()
    assert {each["custom_id"] for each in together.requests} == {items[0].pk.hex, items[2].pk.hex}


def test_while_the_processing_is_restricted_what_waits_goes_on_waiting(script: Script, alice: User) -> None:
    row = queued(alice)
    RestrictionService().restrict(alice)
    long_ago = timezone.now() - timedelta(minutes=5)
    Extraction.objects.update(queued_at=long_ago)
    assert worked(row).state == ExtractionState.QUEUED
    assert (row.attempts, row.document) == (0, "")
    assert ExtractionWorker().sweep() == []
    RestrictionService().release(alice)
    assert ExtractionWorker().sweep() == [row.pk]
    assert worked(row).state == ExtractionState.DONE


def test_while_the_processing_is_restricted_a_batch_stands_still_and_goes_on_after(script: Script, alice: User) -> None:
    batch, items = batch_of_three(alice)
    BatchWorker().run(items[0].pk)
    RestrictionService().restrict(alice)
    for each in items[1:]:
        BatchWorker().run(each.pk)
    assert list(batch.items.order_by("position").values_list("state", flat=True)) == [
        BatchItemState.DONE,
        BatchItemState.QUEUED,
        BatchItemState.QUEUED,
    ]
    RestrictionService().release(alice)
    for each in items[1:]:
        BatchWorker().run(each.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.done) == (BatchState.MERGING, 3)
    RestrictionService().restrict(alice)
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.MERGING
    RestrictionService().release(alice)
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
