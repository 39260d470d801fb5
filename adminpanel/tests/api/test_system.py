"""The system page tells what runs and keeps every secret."""

from __future__ import annotations

import pytest

from adminpanel.tests.conftest import SignedInAs
from config.orchestrator import get_orchestrator
from config.registry import settings

pytestmark = pytest.mark.django_db


def test_the_whole_configuration_is_shown_without_a_secret(signed_in_as: SignedInAs) -> None:
    answer = signed_in_as("operator").get("/api/admin/system")
    shown = answer.json()
    assert {each["key"] for each in shown["configuration"]} == set(settings())
    for key in get_orchestrator().security_service.encryption_keys.get_secret_value().split(","):
        assert key.partition(":")[2] not in answer.content.decode()
    assert shown["environment"] == "development"
    assert shown["versions"]["django"].startswith("5.2")
    kinds = {"outbox", "extractions", "validations", "batch_pictures", "webhook_deliveries", "bulk_rows"}
    kinds |= {"unsealed_entries", "queue"}
    assert set(shown["waiting"]) == kinds
