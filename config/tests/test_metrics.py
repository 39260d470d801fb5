"""Prometheus is told what happens, and nobody else is."""

from __future__ import annotations

import pytest
from django.test import Client
from pydantic import SecretStr

from config.request_metrics import REGISTRY
from config.services.api import ApiConfigService
from config.testing import configured

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a-token-of-the-test"


def test_who_has_the_token_reads_requests_by_route_and_the_state_of_the_trail(client: Client) -> None:
    client.get("/health/live")
    with configured(api_service=ApiConfigService(metrics_token=SecretStr(TOKEN))):
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    assert 'loupe_requests_total{method="GET",route="health/live",status="200"}' in text
    assert "loupe_audit_unsealed_seconds 0.0" in text
    for kind in ("outbox", "extractions", "batch_pictures", "bulk_rows", "unsealed_entries", "queue"):
        assert f'loupe_waiting{{kind="{kind}"}}' in text
    assert "loupe_canary_age_seconds" in text


def test_a_named_network_reads_without_a_token_and_no_other_does(client: Client) -> None:
    with configured(api_service=ApiConfigService(metrics_networks=("10.0.0.0/8",))):
        assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
        assert client.get("/metrics", REMOTE_ADDR="11.1.2.3").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}])
def test_a_stranger_is_told_that_there_is_nothing(client: Client, headers: dict[str, str]) -> None:
    for settings in (ApiConfigService(), ApiConfigService(metrics_token=SecretStr(TOKEN))):
        with configured(api_service=settings):
            answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 404
        assert "loupe_requests" not in answer.content.decode()


def test_refusals_by_limits_and_entries_of_the_trail_are_counted(client: Client) -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    throttled = count("loupe_throttled_total", rate="credentials")
    refused = count("loupe_security_events_total", action="authentication.login", outcome="refused")
    body = {"identifier": "nobody@example.org", "password": "not the password of anybody"}
    codes = [client.post("/api/auth/login", body, "application/json").json()["code"] for _ in range(40)]
    assert count("loupe_throttled_total", rate="credentials") - throttled == codes.count("rate_limited") > 0
    found = count("loupe_security_events_total", action="authentication.login", outcome="refused") - refused
    assert found == len(codes) - codes.count("rate_limited") > 0
