"""Prometheus is told what happens, and nobody else is."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_own_machine_reads_requests_by_route_and_the_state_of_the_trail(client: Client) -> None:
    client.get("/health/live")
    text = client.get("/metrics").content.decode()
    assert 'loupe_requests_total{method="GET",route="health/live",status="200"}' in text
    assert "loupe_audit_unsealed_seconds 0.0" in text


def test_a_stranger_is_told_that_there_is_nothing(client: Client) -> None:
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 404
    assert "loupe_requests" not in answer.content.decode()
    wrong = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 404
