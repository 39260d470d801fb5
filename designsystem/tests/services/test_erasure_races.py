"""An erasure that comes in the middle of something: nothing of the person is left, and nobody's worker breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.export_archive import write_archive
from accounts.models import PrivacyRequest, RequestKind, RequestState, User
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService, StillBuilding
from accounts.tests.conftest import at_once
from audit.models import SubjectKey
from config.api.serializers import Input
from config.errors import DomainError
from designsystem.engine import extract as engine
from designsystem.models import Batch, DesignSystem, Extraction, SourceImage, WebhookEndpoint
from designsystem.services import batches
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Upload
from designsystem.services.retention import DESIGN_SYSTEM_RULES
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _parallel(transactional_db: Any) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.skip("DATABASE_URL is missing: SQLite in memory has one writer")


class Halt:
    """`through` stands in for something slow; `run` starts a thread and comes back when it is in the middle of it."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def through(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        found = call(*args, **more)
        self.reached.set()
        assert self.go_on.wait(60)
        return found

    def run(self, act: Callable[[], Any]) -> Callable[[], Any]:
        outcome: list[Any] = []

        def whole() -> None:
            try:
                outcome.append(act())
            except BaseException as error:
                outcome.append(error)
            finally:
                connections.close_all()

        worker = threading.Thread(target=whole)
        worker.start()
        assert self.reached.wait(60)

        def finish() -> Any:
            self.go_on.set()
            worker.join(60)
            assert not worker.is_alive()
            return outcome[0]

        return finish


@pytest.fixture
def halt() -> Halt:
    return Halt()


@pytest.fixture
def slow_engine(halt: Halt, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = engine.extract
    monkeypatch.setattr(
        "designsystem.services.extraction.engine.extract", lambda *args, **more: halt.through(measured, *args, **more)
    )


def erase(user: User) -> None:
    ErasureService().request(user)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert ErasureService().carry_out_due() == 1


def erase_apart(user: User) -> None:
    """In a thread of its own."""
    try:
        erase(user)
    finally:
        connections.close_all()


def nothing_is_left(user: User, settings: Any) -> None:
    for rule in DESIGN_SYSTEM_RULES:
        rule.purge(timezone.now())
    assert [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()] == []
    assert not any(model.objects.exists() for model in (Extraction, SourceImage, Batch))
    assert not SubjectKey.objects.filter(subject=f"user:{user.pk}").exists()


@pytest.mark.usefixtures("slow_engine")
def test_a_worker_in_the_middle_of_an_extraction(alice: User, halt: Halt, settings: Any) -> None:
    options = Options(pixel_ratio=1.0, later=True)
    (outcome,) = ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], options)
    assert isinstance(outcome, tuple)
    finish = halt.run(partial(ExtractionWorker().run, outcome[1].pk))
    erase(alice)
    assert finish() is None
    nothing_is_left(alice, settings)


@pytest.mark.usefixtures("slow_engine")
def test_a_worker_in_the_middle_of_a_batch(alice: User, halt: Halt, settings: Any) -> None:
    upload = Upload("/0", "a.png", pictures.page)
    batch = BatchService().create(alice, Pictures(uploads=[upload]), Options(pixel_ratio=1.0))
    finish = halt.run(partial(BatchWorker().run, batch.items.get().pk))
    erase(alice)
    assert finish() is None
    nothing_is_left(alice, settings)


@pytest.mark.usefixtures("slow_engine")
def test_a_request_in_the_middle_of_an_extraction(alice: User, halt: Halt, settings: Any, signed_in: Any) -> None:
    api: APIClient = signed_in(alice)
    body = {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "pixel_ratio": 1}
    finish = halt.run(lambda: api.post("/api/design-system/extract", body, format="multipart"))
    erase(alice)
    answer = finish()
    assert (answer.status_code, answer.json()["code"]) == (401, "account_gone")
    nothing_is_left(alice, settings)


def test_a_request_in_the_middle_of_taking_pictures_in_holds_up_no_erasure(
    alice: User, halt: Halt, settings: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking in many takes minutes, in which an account can be suspended, changed and erased."""
    if connection.vendor == "sqlite":
        pytest.skip("DATABASE_URL is missing: SQLite has one writer, for which an erasure waits")
    api: APIClient = signed_in(alice)
    monkeypatch.setattr("designsystem.services.batches._kept", partial(halt.through, batches._kept))
    body = {"pictures": [SimpleUploadedFile("a.png", pictures.page())]}
    finish = halt.run(lambda: api.post("/api/design-system/batch", body, format="multipart"))
    erase(alice)
    answer = finish()
    assert (answer.status_code, answer.json()["code"]) == (401, "account_gone")
    nothing_is_left(alice, settings)


def test_a_batch_that_is_about_to_be_there_comes_before_the_erasure(
    alice: User, halt: Halt, settings: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the account: the erasure waits, and then takes the batch too."""
    api: APIClient = signed_in(alice)
    monkeypatch.setattr("designsystem.services.batches.advance", partial(halt.through, batches.advance))
    body = {"pictures": [SimpleUploadedFile("a.png", pictures.page())]}
    finish = halt.run(lambda: api.post("/api/design-system/batch", body, format="multipart"))
    eraser = threading.Thread(target=erase_apart, args=(alice,))
    eraser.start()
    eraser.join(1)
    assert eraser.is_alive(), "it waits for the request"
    assert finish().status_code == 202
    eraser.join(60)
    assert not User.objects.filter(pk=alice.pk).exists()
    nothing_is_left(alice, settings)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("batch", {"pictures": True}),
        ("systems", {"name": "Shop"}),
        ("webhooks", {"name": "CI", "url": "https://example.org/hook", "events": ["batch.completed"]}),
    ],
)
def test_a_request_whose_account_goes_before_its_first_row(
    alice: User, halt: Halt, settings: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    """Signed in when it came, erased before it wrote: a clear refusal, and nothing behind it."""
    api: APIClient = signed_in(alice)
    kind = "json"
    if "pictures" in body:
        body, kind = {"pictures": [SimpleUploadedFile("a.png", pictures.page())]}, "multipart"
    valid = Input.is_valid  # the first thing that each of them asks about what it was given
    monkeypatch.setattr(Input, "is_valid", lambda self, **more: halt.through(partial(valid, self), **more))
    finish = halt.run(lambda: api.post(f"/api/design-system/{path}", body, format=kind))
    erase(alice)
    answer = finish()
    assert (answer.status_code, answer.json()["code"]) in [(401, "account_gone"), (409, "gone_meanwhile")]
    assert not DesignSystem.objects.exists()
    assert not WebhookEndpoint.objects.exists()
    nothing_is_left(alice, settings)


@pytest.mark.parametrize("round_", range(3))
def test_batches_and_an_erasure_at_the_same_moment(alice: User, settings: Any, signed_in: Any, round_: int) -> None:
    ErasureService().request(alice)
    apis = [signed_in(alice) for _ in range(5)]

    def act(number: int) -> tuple[int, str]:
        if number == 0:
            return ErasureService().carry_out_due(), "erased"
        body = {"pictures": [SimpleUploadedFile("a.png", pictures.page(accent=f"#{number:02x}00ff"))]}
        answer = apis[number].post("/api/design-system/batch", body, format="multipart")
        return answer.status_code, answer.json().get("code", "")

    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        outcomes = at_once(5, act)
    assert outcomes[0] == (1, "erased")
    assert {status for status, _ in outcomes[1:]} <= {202, 401}, outcomes
    nothing_is_left(alice, settings)


@pytest.mark.parametrize("round_", range(3))
def test_uploads_and_an_erasure_at_the_same_moment(alice: User, settings: Any, round_: int) -> None:
    ErasureService().request(alice)

    def act(number: int) -> str:
        if number == 0:
            return f"erased {ErasureService().carry_out_due()}"
        accent = f"#{number:02x}{number:02x}ff"
        try:
            UploadService().upload(alice, pictures.page(accent=accent), "a.png")
        except DomainError as error:
            return error.code
        return "kept"

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        outcomes = at_once(5, act)
    assert outcomes[0] == "erased 1"
    assert set(outcomes[1:]) <= {"kept", "account_gone"}
    nothing_is_left(alice, settings)


def test_a_worker_in_the_middle_of_an_export(
    alice: User, halt: Halt, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.services.gdpr_export.write_archive", partial(halt.through, write_archive))
    row = ExportService().request(alice)
    finish = halt.run(lambda: ExportService().build({"request": str(row.pk)}))
    erase(alice)
    assert finish() is None
    assert PrivacyRequest.objects.get().kind == RequestKind.ERASURE
    nothing_is_left(alice, settings)


def test_of_many_workers_one_builds_an_export(alice: User, settings: Any) -> None:
    row = ExportService().request(alice)

    def build(number: int) -> str:
        try:
            ExportService().build({"request": str(row.pk)})
        except StillBuilding:
            return "waits"
        return "through"

    outcomes = at_once(6, build)
    assert "through" in outcomes
    row.refresh_from_db()
    assert (row.state, row.lease_until) == (RequestState.READY, None)
    files = [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]
    assert [each.relative_to(settings.MEDIA_ROOT).as_posix() for each in files] == [row.file.name]
    assert b"".join(ExportService().download(alice, row.pk)).startswith(b"PK")


def test_of_two_requests_for_an_export_one_is_made(alice: User) -> None:
    found = at_once(6, lambda number: ExportService().request(alice).pk)
    assert len(set(found)) == 1
    assert PrivacyRequest.objects.count() == 1
