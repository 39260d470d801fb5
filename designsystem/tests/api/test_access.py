"""Who gets what: every route of this API for every persona, in one table."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from config.tests.api.test_routes import OPERATIONS
from designsystem.models import DesignSystem, Extraction
from designsystem.tests.api.conftest import picture_file
from designsystem.tests.api.test_systems import DOCUMENT

pytestmark = pytest.mark.django_db

EXTRACTION, IMAGE, SYSTEM = "extractions/<uuid:id>", "images/<uuid:id>", "systems/<uuid:id>"
VERSION = f"{SYSTEM}/versions/<int:number>"

# (method, route): what a stranger, alice (whose things they are), charlie (another user) and staff get
TABLE: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("post", "extract"): (401, 201, 201, 201),
    ("get", "extractions"): (401, 200, 200, 200),
    ("get", EXTRACTION): (401, 200, 404, 404),
    ("delete", EXTRACTION): (401, 204, 404, 404),
    ("get", f"{EXTRACTION}/tokens"): (401, 200, 404, 404),
    ("get", f"{EXTRACTION}/report"): (401, 200, 404, 404),
    ("get", f"{EXTRACTION}/overlay"): (401, 200, 404, 404),
    ("post", "images"): (401, 200, 201, 201),
    ("get", "images"): (401, 200, 200, 200),
    ("get", IMAGE): (401, 200, 404, 404),
    ("delete", IMAGE): (401, 409, 404, 404),
    ("get", f"{IMAGE}/content"): (401, 200, 404, 404),
    ("post", "systems"): (401, 201, 201, 201),
    ("get", "systems"): (401, 200, 200, 200),
    ("get", SYSTEM): (401, 200, 404, 404),
    ("patch", SYSTEM): (401, 200, 404, 404),
    ("delete", SYSTEM): (401, 204, 404, 404),
    ("get", f"{SYSTEM}/diff"): (401, 200, 404, 404),
    ("get", f"{SYSTEM}/versions"): (401, 200, 404, 404),
    ("post", f"{SYSTEM}/versions"): (401, 201, 404, 404),
    ("get", VERSION): (401, 200, 404, 404),
    ("delete", VERSION): (401, 204, 404, 404),
    ("get", f"{VERSION}/tokens"): (401, 200, 404, 404),
    ("post", f"{VERSION}/publish"): (401, 200, 404, 404),
    ("get", "formats"): (401, 200, 200, 200),
    ("get", "providers"): (401, 200, 200, 200),
}
PERSONAS = ("stranger", "alice", "charlie", "staff")
PREFIX = "api/design-system/"


def test_every_route_stands_in_the_table() -> None:
    routes = {(method, route.removeprefix(PREFIX)) for route, method, _ in OPERATIONS if route.startswith(PREFIX)}
    assert routes == set(TABLE)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(("method", "route"), TABLE, ids=[f"{method} {route}" for method, route in TABLE])
def test_a_persona_gets_what_the_table_says(
    method: str, route: str, persona: str, request: pytest.FixtureRequest, extraction: Extraction, system: DesignSystem
) -> None:
    system.versions.create(number=1, document=extraction.document)
    client = APIClient()
    if persona != "stranger":
        client = request.getfixturevalue("signed_in")(request.getfixturevalue(persona))
    keys = {"extractions": extraction.pk, "images": extraction.image_id, "systems": system.pk}
    key = keys.get(route.partition("/")[0], "")
    path = f"/{PREFIX}{route}".replace("<uuid:id>", str(key)).replace("<int:number>", "1")
    answer = getattr(client, method)(path, **_body(method, route))
    assert answer.status_code == TABLE[method, route][PERSONAS.index(persona)]


def _body(method: str, route: str) -> dict[str, Any]:
    if route == f"{SYSTEM}/diff":
        return {"data": {"from": 1, "to": 1}}
    if method not in ("post", "patch"):
        return {}
    bodies: dict[str, dict[str, Any]] = {
        "extract": {"data": {"pictures": [picture_file()]}, "format": "multipart"},
        "images": {"data": {"picture": picture_file()}, "format": "multipart"},
        "systems": {"data": {"name": "Another"}, "format": "json"},
        SYSTEM: {"data": {"description": "new"}, "format": "json"},
        f"{SYSTEM}/versions": {"data": {"document": DOCUMENT}, "format": "json"},
    }
    return bodies.get(route, {})
