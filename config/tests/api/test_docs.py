"""The OpenAPI document is clean, and its page works under our own policy without asking anybody else."""

from __future__ import annotations

import dataclasses
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from adminpanel.tests.browsers import chromium_beside_django
from config.orchestrator import get_orchestrator
from config.services.api import ApiConfigService


def test_the_document_is_valid_openapi_without_a_warning(tmp_path: Path) -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"), stderr=StringIO()
    )
    assert (tmp_path / "openapi.yaml").read_text().startswith("openapi: 3.1")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", "/api/auth/mfa/totp"),
        ("delete", "/api/auth/mfa/passkeys/{id}"),
        ("post", "/api/auth/reauthenticate"),
    ],
)
def test_new_tokens_are_documented_with_the_status_that_they_come_with(client: Client, method: str, path: str) -> None:
    document = json.loads(client.get("/api/schema", headers={"accept": "application/json"}).content)
    assert set(document["paths"][path][method]["responses"]) == {"200", "default"}


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline(client: Client) -> None:
    page = client.get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href|data-schema)="([^"]+)"', text)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    for address in addresses:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), f"{address} is not there"
    assert "<style" not in text
    assert re.search(r"<script>|\\son\\w+=|style=", text) is None


@pytest.mark.parametrize("credential", ["Api-Key lp_dev_none", "Bearer none", "Basic none"])
def test_the_document_is_given_whatever_credential_comes_along(client: Client, credential: str) -> None:
    assert client.get("/api/schema", headers={"authorization": credential}).status_code == 200


def test_a_configuration_without_docs_has_no_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = dataclasses.replace(get_orchestrator(), api_service=ApiConfigService(docs=False))
    monkeypatch.setattr("config.api.docs.get_orchestrator", lambda: silent)
    assert client.get("/api/docs").status_code == 404
    assert client.get("/api/schema").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_the_operations_in_a_browser_without_a_violation(live_server: object) -> None:
    complaints: list[str] = []
    asked: set[str] = set()
    for browser in chromium_beside_django():
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.add(request.url))
        page.goto(f"{live_server}/api/docs")
        page.wait_for_selector(".opblock")
    assert complaints == []
    assert all(address.startswith((str(live_server), "data:")) for address in asked)
