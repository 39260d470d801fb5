"""Tasks are thin: what is sent by name exists under that name, and does what its service does."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import AuditLog
from config.celery import app
from designsystem import dispatch
from designsystem.models import Extraction, ExtractionState
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.tests import pictures


@pytest.fixture(autouse=True)
def _tasks() -> None:
    app.loader.import_default_modules()


def test_every_name_that_is_sent_or_scheduled_is_a_task() -> None:
    names = {value for name, value in vars(dispatch).items() if name.isupper()}
    names |= {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert names <= set(app.tasks)
    assert len(names) >= 3


def test_slow_receivers_stand_in_a_queue_of_their_own() -> None:
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks}
    assert set(app.conf.task_routes) <= set(app.tasks)
    assert [name for name, queue in queues.items() if queue == "webhooks"] == [dispatch.DELIVER_WEBHOOK]
    assert set(app.amqp.queues.consume_from) == {"celery", "webhooks"}, "a worker that is not told which serves both"


@pytest.mark.django_db
def test_a_message_makes_a_worker_measure(
    alice: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    with django_capture_on_commit_callbacks(execute=True):
        list(ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(later=True)))
    assert Extraction.objects.get().state == ExtractionState.DONE


@pytest.mark.django_db
def test_without_a_broker_nothing_is_lost(
    alice: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(type(app.tasks[dispatch.EXTRACT]), "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        list(ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(later=True)))
    assert Extraction.objects.get().state == ExtractionState.QUEUED
    assert AuditLog.objects.filter(action="extraction.created").count() == 1


@pytest.mark.django_db
def test_the_sweeper_sends_and_the_worker_measures(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    list(ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(later=True)))
    Extraction.objects.update(queued_at="2026-01-01T00:00:00Z")
    app.tasks["designsystem.sweep_extractions"].apply()
    assert Extraction.objects.get().state == ExtractionState.DONE
