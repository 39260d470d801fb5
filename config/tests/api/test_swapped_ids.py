"""Nobody reaches what is another's by its id: on every route with an id, and in every body that takes one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.handlers.base import BaseHandler
from django.db.models import QuerySet
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts.models import ApiKey, AuthSession, Passkey, Scope, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_export import ExportService
from accounts.services.session import SessionManager
from audit.models import AuditLog
from audit.refusals import OF_HIDDEN
from config.tests.api.test_routes import OPERATIONS
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Kept, Options, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.webhooks import WebhookService
from designsystem.tests import pictures
from designsystem.tests.api.test_systems import DOCUMENT

pytestmark = pytest.mark.django_db

WITH_ID = sorted((method, route) for route, method, _ in OPERATIONS if "<uuid:" in route or "<int:" in route)
OWNED = [(method, route) for method, route in WITH_ID if not route.startswith("api/admin/")]
ADMIN = [
    (method, route, handler.declaration.takes_body)
    for route, method, handler in OPERATIONS
    if (method, route) in WITH_ID and route.startswith("api/admin/")
]
# answered later than at once, or for long, or to whoever has the link
_LINKED = "api/design-system/images/<uuid:id>/linked"
_NOT_MERGED = "api/design-system/batches/<uuid:id>/tokens"
_NOT_READ = ("api/auth/gdpr/exports/<uuid:id>/download", "api/design-system/batches/<uuid:id>/events", _LINKED)
_QUERIES: dict[str, dict[str, Any]] = {
    "api/design-system/systems/<uuid:id>/diff": {"from": 1, "to": 1},
    _LINKED: {"purpose": "view", "expires": 4_102_444_800, "key": "dev", "signature": "0" * 64},
}
# what makes the body of a call a good one, so that only the id can be what is wrong with it
_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("patch", "mfa/passkeys/<uuid:id>"): {"name": "Mine"},
    ("patch", "api-keys/<uuid:id>"): {"name": "Mine"},
    ("post", "api-keys/<uuid:id>/rotate"): {"overlap_seconds": 0},
    ("patch", "systems/<uuid:id>"): {"description": "mine"},
    ("put", "systems/<uuid:id>/members/<uuid:user>"): {"role": "editor"},
    ("post", "systems/<uuid:id>/versions"): {"document": DOCUMENT},
    ("patch", "webhooks/<uuid:id>"): {"active": False},
}


@dataclass(frozen=True, slots=True)
class World:
    """Somebody, a client that acts for them, and the id of one thing of theirs in each collection."""

    user: User
    client: APIClient
    ids: dict[str, str]


def world(user: User, number: int, *, by_key: bool = False) -> World:
    """`number` makes the picture one's own."""
    passkey = Passkey.objects.create(user=user, credential_id=f"{number}", public_key=b"", synced=False, name="Mine")
    key = ApiKeyService().create(user, "CI", [each for each in Scope if "admin" not in each], [], 1)
    picture = Upload("/pictures/0", f"{number}.png", pictures.page)
    (outcome,) = ExtractionService().extract(user, [picture], Options(pixel_ratio=1.0))
    assert isinstance(outcome, tuple)
    extraction = outcome[1]
    system = DesignSystemService().create(user, "Shop")
    system.versions.create(number=1, document=extraction.document)
    request = ValidationRequest(Kept("/image", extraction.image_id), pixel_ratio=1.0, design_system=system)
    batch = BatchService().create(user, Pictures(images=[extraction.image_id]), Options(pixel_ratio=1.0))
    webhook = WebhookService().create(user, "Shop", "https://hooks.example.com/loupe", ["batch.completed"]).webhook
    WebhookService().ping(webhook)
    access = SessionManager().start(user, ["pwd", "otp"], aal=2)
    ids = {
        "sessions": access.session,
        "mfa/passkeys": passkey.pk,
        "api-keys": key.key.pk,
        "gdpr/exports": ExportService().request(user).pk,
        "extractions": extraction.pk,
        "images": extraction.image_id,
        "systems": system.pk,
        "validations": ValidationService().validate(user, request).pk,
        "batches": batch.pk,
        "webhooks": webhook.pk,
        "delivery": webhook.deliveries.get().pk,
        "user": user.pk,
        "number": 1,
    }
    credential = f"Api-Key {key.secret}" if by_key else f"Bearer {access.access}"
    return World(user, APIClient(headers={"authorization": credential}), {name: str(pk) for name, pk in ids.items()})


@pytest.fixture
def worlds(alice: User, charlie: User, staff: User) -> list[World]:
    """Of alice, of staff who help people, and of charlie, whose program acts with an API key."""
    staff.groups.add(Group.objects.get(name="support"))
    return [world(alice, 1), world(User.objects.get(pk=staff.pk), 2), world(charlie, 3, by_key=True)]


def call(by: World, method: str, route: str, **ids: str) -> Any:
    rest = route.removeprefix("api/").partition("/")[2]
    collection = rest.partition("/<")[0]
    path = re.sub(r"<\w+:(\w+)>", lambda found: ids[collection if found[1] == "id" else found[1]], route)
    if method in ("get", "delete"):
        query = _QUERIES.get(route)
        return getattr(by.client, method)(f"/{path}", query) if query else getattr(by.client, method)(f"/{path}")
    body = _BODIES.get((method, rest))
    return getattr(by.client, method)(f"/{path}", body) if body else getattr(by.client, method)(f"/{path}")


def test_nobody_reaches_what_is_another_s(worlds: list[World]) -> None:
    answers: dict[tuple[str, str, str], int] = {}
    for by in worlds:
        for owner in worlds:
            for method, route in OWNED if by is not owner else ():
                found = call(by, method, route, **{**owner.ids, "user": by.ids["user"]})
                answers[str(by.user.email), method, route] = found.status_code
                assert found.status_code in (403, 404), f"{by.user.email} {method} {route}: {found.status_code}"
                if found.status_code == 404 and route != _LINKED:  # a link names no caller
                    entry = refused_to(by).latest("id")
                    assert entry.target.partition(":")[2] in owner.ids.values(), f"{method} {route}: {entry.target}"
                    assert json.loads(entry.details)["route"] == route
    assert len(answers) == len(worlds) * len(OWNED)
    for owner in worlds:
        _reads_their_own(owner)


def test_a_part_of_another_s_is_not_reached_through_what_is_one_s_own(worlds: list[World]) -> None:
    one, other, _ = worlds
    nested = [(method, route) for method, route in OWNED if "<uuid:delivery>" in route]
    assert nested
    for method, route in nested:
        ids = {**one.ids, "delivery": other.ids["delivery"]}
        assert call(one, method, route, **ids).status_code == 404
    assert not refused_to(one).exists(), "there is no such pair of ids"


def test_an_id_of_nothing_and_what_was_one_s_own_accuse_nobody(worlds: list[World]) -> None:
    one = worlds[0]
    nothing = dict.fromkeys(one.ids, "00000000-0000-4000-8000-000000000000")
    for method, route in OWNED:
        assert call(one, method, route, **{**nothing, "number": "1"}).status_code == 404
    second = SessionManager().start(one.user, ["pwd"]).session
    for status in (204, 404):
        assert one.client.delete(f"/api/auth/sessions/{second}").status_code == status
    assert not refused_to(one).exists()


def test_what_a_404_hid_is_recorded_after_the_answer_and_shown_to_staff_alone(worlds: list[World]) -> None:
    one, other, _ = worlds
    handler = BaseHandler()
    handler.load_middleware()
    response: Any = handler.get_response(
        RequestFactory(headers={"authorization": one.client.defaults["HTTP_AUTHORIZATION"]}).get(
            f"/api/design-system/images/{other.ids['images']}"
        )
    )
    assert response.status_code == 404
    assert not refused_to(one).exists(), "the time of the answer does not tell that there is one"
    for each in response._resource_closers:  # close() would close the test's connection too
        each()
    entry = refused_to(one).get()
    assert entry.target == f"sourceimage:{other.ids['images']}"
    assert entry.request_id == response.headers["X-Request-Id"]
    activity = one.client.get("/api/auth/gdpr/activity").json()["results"]
    assert activity
    assert "access.denied" not in {each["action"] for each in activity}


def test_the_administration_opens_no_id_to_who_may_not_use_it(worlds: list[World]) -> None:
    one, staff, key = worlds
    for by in (one, key):
        for method, route, takes_body in ADMIN:
            path = re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", staff.ids["user"], route))
            body = {"data": {"reason": "ticket 1"}} if method != "get" and takes_body else {}
            assert getattr(by.client, method)(f"/{path}", **body).status_code == 403, f"{method} {route}"


BODIES_WITH_IDS: list[tuple[str, Callable[[World, World], dict[str, Any]]]] = [
    ("extract", lambda _, other: {"images": [other.ids["images"]]}),
    ("extract", lambda own, other: {"images": [own.ids["images"]], "design_system": other.ids["systems"]}),
    ("batch", lambda _, other: {"images": [other.ids["images"]]}),
    ("batch", lambda own, other: {"images": [own.ids["images"]], "design_system": other.ids["systems"]}),
    ("validate", lambda _, other: {"image": other.ids["images"], "tokens": DOCUMENT}),
    ("validate", lambda own, other: {"image": own.ids["images"], "baseline_image": other.ids["images"]}),
    ("validate", lambda own, other: {"image": own.ids["images"], "design_system": other.ids["systems"]}),
    ("systems/{}/versions", lambda _, other: {"extraction": other.ids["extractions"]}),
]


@pytest.mark.parametrize(("route", "body"), BODIES_WITH_IDS)
def test_no_body_takes_the_id_of_what_is_another_s(
    worlds: list[World], route: str, body: Callable[[World, World], dict[str, Any]]
) -> None:
    for by in worlds:
        for owner in worlds:
            if by is owner:
                continue
            path = f"/api/design-system/{route.format(by.ids['systems'])}"
            nobodys = World(owner.user, owner.client, dict.fromkeys(owner.ids, "00000000-0000-4000-8000-000000000000"))
            found, unknown = (by.client.post(path, body(by, whose)) for whose in (owner, nobodys))
            assert 400 <= found.status_code < 500
            assert found.status_code == unknown.status_code, "the answer does not tell that there is one"
            assert found.json()["code"] == unknown.json()["code"]
            entry = refused_to(by).latest("id")
            assert entry.target.partition(":")[2] in owner.ids.values()


@pytest.mark.parametrize(
    ("route", "name", "collection"),
    [
        ("extractions", "image", "images"),
        ("validations", "image", "images"),
        ("validations", "design_system", "systems"),
    ],
)
def test_no_filter_finds_what_is_another_s(worlds: list[World], route: str, name: str, collection: str) -> None:
    one, other, _ = worlds
    found = [
        by.client.get(f"/api/design-system/{route}", {name: other.ids[collection]}).json().get("results", [])
        for by in (one, other)
    ]
    assert [len(each) for each in found] == [0, 1]


def test_pictures_of_others_among_one_s_own_are_recorded_too(worlds: list[World]) -> None:
    one, other, third = worlds
    body = {"images": [one.ids["images"], other.ids["images"], third.ids["images"]]}
    assert one.client.post("/api/design-system/extract", body).status_code == 201
    assert set(json.loads(refused_to(one).get().details)["ids"]) == {other.ids["images"], third.ids["images"]}


def refused_to(by: World) -> QuerySet[AuditLog]:
    """What the trail says that was hidden from somebody."""
    found: QuerySet[AuditLog] = AuditLog.objects.filter(OF_HIDDEN, actor=f"user:{by.user.pk}")
    return found


def _reads_their_own(owner: World) -> None:
    """All of it is there still, and the ids were good ones."""
    for method, route in OWNED:
        if method == "get" and route not in _NOT_READ:
            answer = call(owner, method, route, **owner.ids)
            expected = 409 if route == _NOT_MERGED else 200  # the caller was let in, and the batch still runs
            assert answer.status_code == expected, f"{owner.user.email} {route}: {answer.status_code}"
    assert AuthSession.objects.live().filter(user=owner.user).exists()
    assert Passkey.objects.get(user=owner.user).name == "Mine"
    assert ApiKey.objects.live().get(user=owner.user).name == "CI"
