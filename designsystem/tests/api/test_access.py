"""Who gets what: every route of this API for every persona, in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.services.api_keys import ApiKeyService
from config.tests.api.test_routes import OPERATIONS
from designsystem.models import Batch, DesignSystem, Extraction, MemberRole, Validation, WebhookEndpoint
from designsystem.services.members import MemberService
from designsystem.tests.api.conftest import picture_file
from designsystem.tests.api.test_systems import DOCUMENT

pytestmark = pytest.mark.django_db

BATCH = "batches/<uuid:id>"
EXTRACTION, IMAGE, SYSTEM = "extractions/<uuid:id>", "images/<uuid:id>", "systems/<uuid:id>"
VERSION = f"{SYSTEM}/versions/<int:number>"
VALIDATION = "validations/<uuid:id>"
WEBHOOK = "webhooks/<uuid:id>"
DELIVERY = f"{WEBHOOK}/deliveries/<uuid:delivery>"
MEMBER = f"{SYSTEM}/members/<uuid:user>"

# alice owns everything; others are members of her design system, or no members at all; the key is alice's, and is only
# good for reading her account
PERSONAS = ("stranger", "owner", "editor", "viewer", "other", "staff", "account_key")
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("post", "extract"): (401, 201, 201, 201, 201, 201, 403),
    ("get", "extractions"): (401, 200, 200, 200, 200, 200, 403),
    ("get", EXTRACTION): (401, 200, 404, 404, 404, 404, 403),
    ("delete", EXTRACTION): (401, 204, 404, 404, 404, 404, 403),
    ("get", f"{EXTRACTION}/tokens"): (401, 200, 404, 404, 404, 404, 403),
    ("get", f"{EXTRACTION}/report"): (401, 200, 404, 404, 404, 404, 403),
    ("get", f"{EXTRACTION}/overlay"): (401, 200, 404, 404, 404, 404, 403),
    ("post", "batch"): (401, 202, 202, 202, 202, 202, 403),
    ("get", "batches"): (401, 200, 200, 200, 200, 200, 403),
    ("get", BATCH): (401, 200, 404, 404, 404, 404, 403),
    ("delete", BATCH): (401, 409, 404, 404, 404, 404, 403),
    ("get", f"{BATCH}/tokens"): (401, 409, 404, 404, 404, 404, 403),
    ("get", f"{BATCH}/items"): (401, 200, 404, 404, 404, 404, 403),
    ("get", f"{BATCH}/events"): (401, 503, 404, 404, 404, 404, 403),  # the test client is no ASGI server
    ("post", f"{BATCH}/cancel"): (401, 200, 404, 404, 404, 404, 403),
    ("post", f"{BATCH}/retry"): (401, 409, 404, 404, 404, 404, 403),
    ("post", "images"): (401, 200, 201, 201, 201, 201, 403),
    ("get", "images"): (401, 200, 200, 200, 200, 200, 403),
    ("get", IMAGE): (401, 200, 404, 404, 404, 404, 403),
    ("delete", IMAGE): (401, 409, 404, 404, 404, 404, 403),
    ("get", f"{IMAGE}/content"): (401, 200, 404, 404, 404, 404, 403),
    ("post", f"{IMAGE}/links"): (401, 201, 404, 404, 404, 404, 403),
    ("get", f"{IMAGE}/linked"): (400, 400, 400, 400, 400, 400, 403),  # the link is the permission
    ("post", "validate"): (401, 201, 201, 201, 201, 201, 403),
    ("get", "validations"): (401, 200, 200, 200, 200, 200, 403),
    ("get", VALIDATION): (401, 200, 404, 404, 404, 404, 403),
    ("delete", VALIDATION): (401, 204, 404, 404, 404, 404, 403),
    ("get", f"{VALIDATION}/report"): (401, 200, 404, 404, 404, 404, 403),
    ("get", f"{VALIDATION}/overlay"): (401, 200, 404, 404, 404, 404, 403),
    ("post", f"{VALIDATION}/approve"): (401, 201, 404, 404, 404, 404, 403),
    ("post", "systems"): (401, 201, 201, 201, 201, 201, 403),
    ("get", "systems"): (401, 200, 200, 200, 200, 200, 403),
    ("get", SYSTEM): (401, 200, 200, 200, 404, 404, 403),
    ("patch", SYSTEM): (401, 200, 200, 403, 404, 404, 403),
    ("delete", SYSTEM): (401, 204, 403, 403, 404, 404, 403),
    ("get", f"{SYSTEM}/members"): (401, 200, 200, 200, 404, 404, 403),
    ("put", MEMBER): (401, 200, 403, 403, 404, 404, 403),
    ("delete", MEMBER): (401, 204, 403, 403, 404, 404, 403),
    ("get", f"{SYSTEM}/baselines"): (401, 200, 200, 200, 404, 404, 403),
    ("get", f"{SYSTEM}/diff"): (401, 200, 200, 200, 404, 404, 403),
    ("get", f"{SYSTEM}/versions"): (401, 200, 200, 200, 404, 404, 403),
    ("post", f"{SYSTEM}/versions"): (401, 201, 201, 403, 404, 404, 403),
    ("get", VERSION): (401, 200, 200, 200, 404, 404, 403),
    ("delete", VERSION): (401, 204, 204, 403, 404, 404, 403),
    ("get", f"{VERSION}/tokens"): (401, 200, 200, 200, 404, 404, 403),
    ("post", f"{VERSION}/publish"): (401, 200, 200, 403, 404, 404, 403),
    ("post", "webhooks"): (401, 201, 201, 201, 201, 201, 403),
    ("get", "webhooks"): (401, 200, 200, 200, 200, 200, 403),
    ("get", WEBHOOK): (401, 200, 404, 404, 404, 404, 403),
    ("patch", WEBHOOK): (401, 200, 404, 404, 404, 404, 403),
    ("delete", WEBHOOK): (401, 204, 404, 404, 404, 404, 403),
    ("post", f"{WEBHOOK}/rotate"): (401, 201, 404, 404, 404, 404, 403),
    ("post", f"{WEBHOOK}/ping"): (401, 202, 404, 404, 404, 404, 403),
    ("get", f"{WEBHOOK}/deliveries"): (401, 200, 404, 404, 404, 404, 403),
    ("get", DELIVERY): (401, 200, 404, 404, 404, 404, 403),
    ("post", f"{DELIVERY}/redeliver"): (401, 409, 404, 404, 404, 404, 403),  # it waits still
    ("get", "formats"): (401, 200, 200, 200, 200, 200, 403),
    ("get", "providers"): (401, 200, 200, 200, 200, 200, 403),
}
PREFIX = "api/design-system/"


@pytest.fixture
def member(db: None) -> User:
    """Somebody who is a viewer already, whom the calls are about."""
    return User.objects.create_user("member@example.org", None, email_verified_at=timezone.now())


@pytest.fixture
def client_of(
    request: pytest.FixtureRequest, alice: User, bob: User, charlie: User, member: User, system: DesignSystem
) -> Callable[[str], APIClient]:
    def made(persona: str) -> APIClient:
        client = APIClient()
        if persona == "account_key":
            key = ApiKeyService().create(alice, "CI", [Scope.ACCOUNT_READ], [], 1)
            client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.secret}")
        if persona in ("stranger", "account_key"):
            return client
        if persona in ("editor", "viewer"):
            MemberService().set_role(system, bob.pk, MemberRole(persona))
        person = {"owner": alice, "editor": bob, "viewer": bob, "other": charlie}.get(persona)
        signed_in = request.getfixturevalue("signed_in")
        return cast(APIClient, signed_in(person or request.getfixturevalue(persona)))

    MemberService().set_role(system, member.pk, MemberRole.VIEWER)
    return made


def test_permission_matrix_has_every_route() -> None:
    routes = {(method, route.removeprefix(PREFIX)) for route, method, _ in OPERATIONS if route.startswith(PREFIX)}
    assert routes == set(TABLE)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(("method", "route"), TABLE, ids=[f"{method} {route}" for method, route in TABLE])
def test_permission_matrix(
    method: str,
    route: str,
    persona: str,
    client_of: Callable[[str], APIClient],
    extraction: Extraction,
    system: DesignSystem,
    validation: Validation,
    batch: Batch,
    webhook: WebhookEndpoint,
    member: User,
) -> None:
    system.versions.create(number=1, document=extraction.document)
    keys = {
        "extractions": extraction.pk,
        "images": extraction.image_id,
        "systems": system.pk,
        "validations": validation.pk,
        "batches": batch.pk,
        "webhooks": webhook.pk,
    }
    key = keys.get(route.partition("/")[0], "")
    path = f"/{PREFIX}{route}".replace("<uuid:id>", str(key)).replace("<int:number>", "1")
    path = path.replace("<uuid:user>", str(member.pk)).replace("<uuid:delivery>", str(webhook.deliveries.get().pk))
    answer = getattr(client_of(persona), method)(path, **_body(method, route))
    assert answer.status_code == TABLE[method, route][PERSONAS.index(persona)]


def _body(method: str, route: str) -> dict[str, Any]:
    if route == f"{SYSTEM}/diff":
        return {"data": {"from": 1, "to": 1}}
    if method not in ("post", "patch", "put"):
        return {}
    bodies: dict[str, dict[str, Any]] = {
        "extract": {"data": {"pictures": [picture_file()]}, "format": "multipart"},
        "batch": {"data": {"pictures": [picture_file()]}, "format": "multipart"},
        "images": {"data": {"picture": picture_file()}, "format": "multipart"},
        "validate": {"data": {"picture": picture_file()}, "format": "multipart"},
        "webhooks": {
            "data": {"name": "CI", "url": "https://ci.example.com/hook", "events": ["batch.completed"]},
            "format": "json",
        },
        WEBHOOK: {"data": {"active": False}, "format": "json"},
        "systems": {"data": {"name": "Another"}, "format": "json"},
        MEMBER: {"data": {"role": "editor"}, "format": "json"},
        SYSTEM: {"data": {"description": "new"}, "format": "json"},
        f"{SYSTEM}/versions": {"data": {"document": DOCUMENT}, "format": "json"},
    }
    return bodies.get(route, {})
