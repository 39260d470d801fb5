"""A waiting validation is judged once by what it was asked with, whatever happens to brokers, workers and pictures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditLog
from config.celery import app
from config.errors import DomainError
from designsystem.models import Extraction, SourceImage, Validation
from designsystem.models.lease import MAX_ATTEMPTS, WorkState
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.validation_reports import ValidationReports
from designsystem.services.validation_worker import ValidationWorker
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)


def request(later: bool = True, **given: Any) -> ValidationRequest:
    picture = Upload("/picture", "a.png", lambda: pictures.page(accent="#c92a2a"))
    return ValidationRequest(picture, pixel_ratio=1.0, later=later, **given)


def baseline() -> Upload:
    return Upload("/baseline", "a.png", pictures.page)


@pytest.fixture
def tokens(alice: Any) -> dict[str, Any]:
    list(ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(pixel_ratio=1.0)))
    document: dict[str, Any] = json.loads(Extraction.objects.get().document)
    return document


@pytest.fixture
def waiting(alice: Any) -> Validation:
    return ValidationService().validate(alice, request(baseline=baseline()))


def test_a_worker_finds_what_would_have_been_found_at_once(alice: Any, tokens: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "tokens": tokens,
        "baseline": baseline(),
        "name": "settings",
        "settings": {"contrast": {"level": "AAA"}},
    }
    at_once = ValidationService().validate(alice, request(later=False, **given))
    later = ValidationService().validate(alice, request(**given))
    assert (later.state, later.outcome, later.findings, later.document) == (WorkState.QUEUED, "", None, {})
    ValidationWorker().run(later.pk)
    later.refresh_from_db()
    assert (later.state, later.attempts, later.tokens_asked) == (WorkState.DONE, 1, "")
    at_once.refresh_from_db()
    assert later.document == at_once.document
    assert (later.outcome, later.findings, later.failing) == (at_once.outcome, at_once.findings, at_once.failing)
    ValidationWorker().run(later.pk)
    later.refresh_from_db()
    assert later.attempts == 1


def test_it_is_held_to_the_version_and_the_baseline_of_the_time_it_was_asked(
    alice: Any, tokens: dict[str, Any]
) -> None:
    system = DesignSystemService().create(alice, "Shop")
    version = DesignSystemService().add_version(system, alice, tokens, "")
    first = ValidationService().validate(alice, request(later=False, design_system=system, name="settings"))
    ValidationService().approve(first, alice, "")
    asked = ValidationService().validate(alice, request(design_system=system, name="settings", version=version))
    ValidationWorker().run(asked.pk)
    asked.refresh_from_db()
    assert (asked.version, asked.baseline and asked.baseline.number) == (version, 1)
    assert asked.document["subject"]["tokens"] == "Shop 1"
    assert asked.document["subject"]["baseline"] == "settings 1"
    assert asked.document["baseline"]["changed_pixels"] == 0


def test_what_cannot_be_judged_is_refused_at_once_and_not_by_the_worker(alice: Any) -> None:
    with pytest.raises(DomainError) as nothing:
        ValidationService().validate(alice, request(settings={"contrast": None}))
    assert nothing.value.code == "nothing_to_judge"
    damaged = Upload("/picture", "a.png", lambda: pictures.page()[:200])
    with pytest.raises(DomainError) as corrupt:
        ValidationService().validate(alice, ValidationRequest(damaged, later=True))
    assert corrupt.value.code == "picture_corrupt"
    assert not Validation.objects.exists()


def test_a_baseline_that_is_gone_is_told_and_not_left_out(waiting: Validation) -> None:
    assert waiting.baseline_image is not None
    waiting.baseline_image.delete()
    ValidationWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code, waiting.outcome) == (WorkState.FAILED, "baseline_gone", "")
    assert AuditLog.objects.get(action="validation.created", outcome="failed").target == f"validation:{waiting.pk}"


def test_without_a_result_there_is_no_report_and_nothing_to_approve(alice: Any, waiting: Validation) -> None:
    acts = (
        lambda: ValidationReports().report(waiting, "html"),
        lambda: ValidationReports().overlay(waiting),
        lambda: ValidationService().approve(waiting, alice, ""),
    )
    for act in acts:
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == "not_finished"


def test_a_storage_that_is_away_leaves_the_row_waiting(waiting: Validation, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(image: SourceImage) -> bytes:
        raise OSError("no such host")

    monkeypatch.setattr(SourceImage, "read", away)
    ValidationWorker().run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (WorkState.QUEUED, 1)


def test_a_defect_of_ours_is_told_without_its_words(waiting: Validation) -> None:
    class Broken(ValidationService):
        def judge(self, row: Validation) -> Any:
            raise ZeroDivisionError("secret detail")

    ValidationWorker(service=Broken()).run(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (WorkState.FAILED, "measuring_failed")
    assert "secret" not in waiting.error_detail


def test_what_ends_every_worker_is_set_aside(waiting: Validation) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert Validation.objects.claim(waiting.pk) is not None
        Validation.objects.update(lease_until=timezone.now() - LONG_AGO)
    assert ValidationWorker().sweep() == []
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (WorkState.QUARANTINED, "quarantined")


def test_the_sweeper_sends_lost_rows_again_and_the_task_judges(
    waiting: Validation, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.loader.import_default_modules()
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    assert ValidationWorker().sweep() == []
    Validation.objects.update(queued_at=timezone.now() - LONG_AGO)
    app.tasks["designsystem.sweep_validations"].apply()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.outcome) == (WorkState.DONE, "failed")
