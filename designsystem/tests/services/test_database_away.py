"""A database that goes away in the middle of the work is no fault of a picture: it is done by whoever comes next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from designsystem.engine.tokens.merge import merge
from designsystem.models import BatchItem, BatchState, Extraction, Validation
from designsystem.models.lease import WorkState
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.validation_worker import ValidationWorker
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = Upload("/0", "a.png", pictures.page)


def once_away(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, but the first time the server ends the connection under it."""
    calls: list[None] = []

    def wrapped(*args: Any, **more: Any) -> Any:
        calls.append(None)
        if len(calls) == 1:
            if connection.vendor != "postgresql":
                raise OperationalError("disk I/O error")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return call(*args, **more)

    return wrapped


@pytest.fixture
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExtractionService, "measure", once_away(ExtractionService.measure))
    monkeypatch.setattr(ValidationService, "judge", once_away(ValidationService.judge))
    monkeypatch.setattr("designsystem.services.batch_merge.merge", once_away(merge))


@pytest.mark.usefixtures("_away")
def test_a_batch_and_its_merge_go_on(alice: Any) -> None:
    batch = BatchService().create(alice, Pictures(uploads=[UPLOAD]), Options(pixel_ratio=1.0))
    key = batch.items.get().pk
    BatchWorker().run(key)
    assert (batch.items.get().state, batch.items.get().error_code) == ("queued", "")
    BatchItem.objects.update(due_at=timezone.now())
    BatchWorker().run(key)
    batch.refresh_from_db()
    assert (batch.state, batch.done) == (BatchState.MERGING, 1)
    BatchMerge().run(batch.pk)
    close_old_connections()  # as Celery does after a task
    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.MERGING, "")
    type(batch).objects.update(lease_until=timezone.now())
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE


def _extraction(alice: Any) -> tuple[Any, Callable[[], None]]:
    (outcome,) = ExtractionService().extract(alice, [UPLOAD], Options(pixel_ratio=1.0, later=True))
    assert isinstance(outcome, tuple)
    return Extraction, partial(ExtractionWorker().run, outcome[1].pk)


def _validation(alice: Any) -> tuple[Any, Callable[[], None]]:
    request = ValidationRequest(UPLOAD, pixel_ratio=1.0, later=True, baseline=UPLOAD)
    return Validation, partial(ValidationWorker().run, ValidationService().validate(alice, request).pk)


@pytest.mark.usefixtures("_away")
@pytest.mark.parametrize("waits", [_extraction, _validation])
def test_what_waits_by_itself_goes_on(alice: Any, waits: Callable[[Any], tuple[Any, Callable[[], None]]]) -> None:
    model, work = waits(alice)
    work()
    assert (model.objects.get().state, model.objects.get().error_code) == (WorkState.QUEUED, "")
    work()
    assert model.objects.get().state == WorkState.DONE
