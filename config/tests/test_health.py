"""The probes answer with what is true."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from config.canary import queue_depth
from config.celery import app
from config.tasks import canary


def test_live_answers_without_touching_the_database(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_probe_asks_by_an_address_that_no_configuration_names_and_others_may_not(path: str) -> None:
    inside = Client(SERVER_NAME="10.42.0.7", SERVER_PORT="8000")
    assert inside.get(path).status_code == 200
    assert inside.get("/api/auth/me").status_code == 400


@pytest.mark.django_db
def test_ready_names_each_part(client: Client) -> None:
    assert client.get("/health/ready").json() == {"status": "ok", "checks": {"database": "ok", "cache": "ok"}}


def test_an_unknown_path_is_a_problem_with_the_request_id(client: Client) -> None:
    answer = client.get("/api/nothing", headers={"X-Request-ID": "abcdefgh-1"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"] == "abcdefgh-1"


def test_tasks_are_told_from_what_a_worker_did(client: Client) -> None:
    cache.delete("canary")
    assert client.get("/health/tasks").status_code == 503
    canary.apply()
    assert client.get("/health/tasks").json() == {"status": "ok"}
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert client.get("/health/tasks").json() == {"status": "failing"}


def test_the_depth_of_a_queue_that_is_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert queue_depth() is not None
    monkeypatch.setattr(app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    assert queue_depth() is None
