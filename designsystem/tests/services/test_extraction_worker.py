"""A waiting extraction is measured once, whatever happens to brokers and workers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.errors import DomainError, Kind
from designsystem.models import Extraction, ExtractionState, SourceImage
from designsystem.models.lease import MAX_ATTEMPTS
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Upload
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def waiting(alice: Any) -> Extraction:
    (outcome,) = ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(later=True))
    assert isinstance(outcome, tuple)
    return outcome[1]


def test_a_worker_measures_what_waits_and_only_once(waiting: Extraction) -> None:
    ExtractionWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (ExtractionState.DONE, 1)
    document = waiting.document
    ExtractionWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.attempts, waiting.document) == (1, document)


def test_a_row_under_lease_is_nobody_elses(waiting: Extraction) -> None:
    assert Extraction.objects.claim(waiting.pk) is not None
    assert Extraction.objects.claim(waiting.pk) is None
    Extraction.objects.update(lease_until=timezone.now() - LONG_AGO)
    assert Extraction.objects.claim(waiting.pk) is not None


def test_a_worker_that_lost_its_lease_cannot_write_any_more(waiting: Extraction) -> None:
    slow = Extraction.objects.claim(waiting.pk)
    Extraction.objects.update(lease_until=timezone.now() - LONG_AGO)
    quick = Extraction.objects.claim(waiting.pk)
    assert slow is not None
    assert quick is not None
    assert not slow.settle(ExtractionState.FAILED)
    assert quick.settle(ExtractionState.DONE)


def test_what_ends_every_worker_is_set_aside(waiting: Extraction) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert Extraction.objects.claim(waiting.pk) is not None
        Extraction.objects.update(lease_until=timezone.now() - LONG_AGO)
    assert Extraction.objects.claim(waiting.pk) is None
    assert ExtractionWorker().sweep() == []
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (ExtractionState.QUARANTINED, "quarantined")


def test_the_sweeper_sends_lost_rows_again_but_not_fresh_ones(waiting: Extraction) -> None:
    assert ExtractionWorker().sweep() == []
    Extraction.objects.update(queued_at=timezone.now() - LONG_AGO)
    assert ExtractionWorker().sweep() == [waiting.pk]
    assert ExtractionWorker().sweep() == []


def test_a_picture_that_cannot_be_measured_fails_with_its_reason(
    waiting: Extraction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SourceImage, "read", lambda image: b"no picture any more")
    ExtractionWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (ExtractionState.FAILED, "picture_unsupported_type")


def test_a_storage_that_is_away_leaves_the_row_waiting(waiting: Extraction, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(image: SourceImage) -> bytes:
        raise OSError("no such host")

    monkeypatch.setattr(SourceImage, "read", away)
    ExtractionWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (ExtractionState.QUEUED, 1)


def test_a_defect_of_ours_is_told_without_its_words(waiting: Extraction) -> None:
    class Broken(ExtractionService):
        def measure(self, content: bytes, pixel_ratio: float | None, pointer: str) -> Any:
            raise ZeroDivisionError("secret detail")

    ExtractionWorker(service=Broken()).run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (ExtractionState.FAILED, "measuring_failed")
    assert "secret" not in waiting.error_detail


def test_one_defect_among_several_pictures_stops_no_other(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = ExtractionService.measure

    def sometimes(self: ExtractionService, content: bytes, pixel_ratio: float | None, pointer: str) -> Any:
        if pointer == "/0":
            raise ZeroDivisionError
        return measure(self, content, pixel_ratio, pointer)

    monkeypatch.setattr(ExtractionService, "measure", sometimes)
    given = [Upload("/0", "a.png", pictures.page), Upload("/1", "b.png", pictures.page)]
    first, second = ExtractionService().extract(alice, given, Options())
    assert not isinstance(first, tuple)
    assert isinstance(first.error, DomainError)
    assert first.error.kind is Kind.UNPROCESSABLE
    assert isinstance(second, tuple)


def test_a_finished_row_is_released_by_nobody(waiting: Extraction) -> None:
    row = Extraction.objects.claim(waiting.pk)
    assert row is not None
    assert row.settle(ExtractionState.DONE)
    row.release()
    waiting.refresh_from_db()
    assert waiting.state == ExtractionState.DONE
