"""Design systems and their versions: drafts come and go, what is published stays as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import AuditLog
from designsystem.models import DesignSystem, Extraction, TokenSetVersion

pytestmark = pytest.mark.django_db
URL = "/api/design-system/systems"
DOCUMENT = {
    "color": {
        "$type": "color",
        "brand": {"$value": {"colorSpace": "srgb", "components": [0.2, 0.4, 0.6], "hex": "#336699"}},
    }
}


def add_version(api: APIClient, system: DesignSystem, **body: Any) -> Any:
    return api.post(f"{URL}/{system.pk}/versions", body, format="json")


def test_a_design_system_is_made_changed_and_deleted(api: APIClient) -> None:
    made = api.post(URL, {"name": "Shop", "description": "The web shop"}, format="json")
    assert made.status_code == 201
    address = made["Location"]
    assert api.get(address).json() == made.json()
    assert api.patch(address, {"name": "Store"}, format="json").json()["name"] == "Store"
    assert [each["name"] for each in api.get(URL).json()["results"]] == ["Store"]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    actions = (
        AuditLog.objects.filter(action__startswith="design_system.").order_by("id").values_list("action", flat=True)
    )
    assert list(actions) == ["design_system.created", "design_system.changed", "design_system.deleted"]


def test_a_name_is_free_once_for_each_owner(api: APIClient, system: DesignSystem, bob: Any, signed_in: Any) -> None:
    answer = api.post(URL, {"name": "Shop"}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/name")
    assert signed_in(bob).post(URL, {"name": "Shop"}, format="json").status_code == 201
    assert api.post(URL, {"name": "  "}, format="json").status_code == 400


def test_versions_count_from_one_and_come_from_an_extraction_or_a_document(
    api: APIClient, system: DesignSystem, extraction: Extraction
) -> None:
    first = add_version(api, system, extraction=str(extraction.pk), reason="first look")
    second = add_version(api, system, document=DOCUMENT)
    assert [first.json()["number"], second.json()["number"]] == [1, 2]
    assert first.json()["tokens"] == json.loads(extraction.document)
    assert second.json()["tokens"] == DOCUMENT
    listed = api.get(f"{URL}/{system.pk}/versions").json()["results"]
    assert [each["number"] for each in listed] == [2, 1]
    assert "tokens" not in listed[0]
    css = api.get(f"{URL}/{system.pk}/versions/2/tokens", {"format": "css"})
    assert "brand" in css.content.decode()
    assert css["Content-Disposition"] == 'attachment; filename="shop-2.css"'


@pytest.mark.parametrize(
    "document",
    [
        {"color": {"brand": {"$value": "#336699"}}},
        {"color": {"$type": "color", "brand": {"$value": "{color.none}"}}},
        {"color": {"$type": "color", "a": {"$value": "{color.b}"}, "b": {"$value": "{color.a}"}}},
        {"a.b": {"$type": "number", "$value": 1}},
        {"color": 5},
    ],
)
def test_a_document_that_breaks_the_format_is_refused_where_it_does(
    api: APIClient, system: DesignSystem, document: Any
) -> None:
    answer = add_version(api, system, document=document)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_document")
    assert answer.json()["errors"][0]["pointer"].startswith("/document")
    assert not TokenSetVersion.objects.exists()


def test_a_version_needs_exactly_one_source(api: APIClient, system: DesignSystem, extraction: Extraction) -> None:
    assert add_version(api, system).status_code == 400
    assert add_version(api, system, document=DOCUMENT, extraction=str(extraction.pk)).status_code == 400
    assert add_version(api, system, document=[]).status_code == 400


def test_what_is_published_is_final(api: APIClient, system: DesignSystem) -> None:
    add_version(api, system, document=DOCUMENT)
    address = f"{URL}/{system.pk}/versions/1"
    published = api.post(f"{address}/publish")
    assert (published.status_code, published.json()["state"]) == (200, "published")
    assert published.json()["published_at"] is not None
    assert api.post(f"{address}/publish").json()["code"] == "already_published"
    assert api.delete(address).json()["code"] == "already_published"
    assert api.get(address).json()["tokens"] == DOCUMENT


def test_a_draft_may_go(api: APIClient, system: DesignSystem) -> None:
    add_version(api, system, document=DOCUMENT)
    assert api.delete(f"{URL}/{system.pk}/versions/1").status_code == 204
    assert api.get(f"{URL}/{system.pk}/versions/1").status_code == 404


def test_somebody_elses_extraction_is_no_source(
    api: APIClient, system: DesignSystem, extraction: Extraction, bob: Any, signed_in: Any
) -> None:
    theirs = signed_in(bob)
    own = theirs.post(URL, {"name": "Theirs"}, format="json").json()["id"]
    answer = theirs.post(f"{URL}/{own}/versions", {"extraction": str(extraction.pk)}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "extraction_not_found")


def test_the_difference_of_two_versions_is_told_token_by_token(api: APIClient, system: DesignSystem) -> None:
    changed = {
        "color": {
            "$type": "color",
            "brand": {"$value": {"colorSpace": "srgb", "components": [0.2, 0.4, 0.8], "hex": "#3366cc"}},
            "danger": {"$value": {"colorSpace": "srgb", "components": [1, 0, 0], "hex": "#ff0000"}},
        }
    }
    add_version(api, system, document=DOCUMENT)
    add_version(api, system, document=changed)
    body = api.get(f"{URL}/{system.pk}/diff", {"from": 1, "to": 2}).json()
    kinds = {(each["after"] or each["before"])["path"]: each["kind"] for each in body["changes"]}
    assert kinds == {"color.brand": "changed", "color.danger": "added"}
    brand = next(each for each in body["changes"] if each["kind"] == "changed")
    assert brand["before"]["value"]["hex"] == "#336699"
    assert (brand["parts"][0]["unit"], brand["parts"][0]["after"]) == ("ΔE00", "#3366cc")
    assert api.get(f"{URL}/{system.pk}/diff", {"from": 1, "to": 1}).json()["changes"] == []


@pytest.mark.parametrize(
    "query", [{}, {"from": 1}, {"from": 0, "to": 1}, {"from": "x", "to": 1}, {"from": 2**40, "to": 1}]
)
def test_a_difference_needs_two_version_numbers(api: APIClient, system: DesignSystem, query: dict[str, Any]) -> None:
    assert api.get(f"{URL}/{system.pk}/diff", query).status_code == 400


def test_a_version_that_is_not_there_is_404(api: APIClient, system: DesignSystem) -> None:
    add_version(api, system, document={})
    missing = api.get(f"{URL}/{system.pk}/diff", {"from": 1, "to": 2})
    assert (missing.status_code, missing.json()["code"]) == (404, "version_not_found")
    assert [error["pointer"] for error in missing.json()["errors"]] == ["/to"]
    assert api.get(f"{URL}/{system.pk}/versions/{2**70}").status_code == 404


def test_versions_that_would_take_minutes_to_compare_are_refused(api: APIClient, system: DesignSystem) -> None:
    many = {"spacing": {"$type": "dimension"} | {f"s{n}": {"$value": {"value": n, "unit": "px"}} for n in range(501)}}
    add_version(api, system, document=many)
    answer = api.get(f"{URL}/{system.pk}/diff", {"from": 1, "to": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_tokens")
