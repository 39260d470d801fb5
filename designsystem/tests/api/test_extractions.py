"""Results come back in every format, as a report and as a picture with its evidence."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from config.uuid7 import uuid7
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.models import Extraction, ExtractionState

pytestmark = pytest.mark.django_db
URL = "/api/design-system/extractions"


@pytest.mark.parametrize("name", EXPORTERS)
def test_tokens_come_in_every_format_as_a_named_file(api: APIClient, extraction: Extraction, name: str) -> None:
    exporter = EXPORTERS[name]
    answer = api.get(f"{URL}/{extraction.pk}/tokens", {"format": name})
    assert answer.status_code == 200
    assert answer["Content-Type"] == exporter.media_type
    assert answer["Content-Disposition"] == f'attachment; filename="hauser-hofe{exporter.suffix}"'
    assert answer.content.decode() == exporter.export(from_dtcg(extraction.document))
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_without_a_format_the_document_comes_byte_for_byte(api: APIClient, extraction: Extraction) -> None:
    answer = api.get(f"{URL}/{extraction.pk}/tokens")
    assert answer.content.decode() == extraction.document
    assert list(json.loads(answer.content)) == list(api.get(f"{URL}/{extraction.pk}").json()["tokens"])


@pytest.mark.parametrize("name", ["DTCG", "", "../css", "exe", "\u0663"])
def test_an_unknown_format_is_refused_with_the_known_ones(api: APIClient, extraction: Extraction, name: str) -> None:
    answer = api.get(f"{URL}/{extraction.pk}/tokens", {"format": name})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/format"


def test_the_report_is_a_page_that_nothing_else_can_reach(api: APIClient, extraction: Extraction) -> None:
    answer = api.get(f"{URL}/{extraction.pk}/report", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "#3b5bdb" in answer.content.decode()


def test_the_overlay_is_the_picture_with_its_legend(api: APIClient, extraction: Extraction) -> None:
    answer = api.get(f"{URL}/{extraction.pk}/overlay")
    picture = Image.open(io.BytesIO(answer.content))
    assert answer["Content-Type"] == "image/png"
    assert picture.width == 400
    assert picture.height > 300
    only = api.get(f"{URL}/{extraction.pk}/overlay", {"kinds": ["border"]})
    assert only.status_code == 200
    assert only.content != answer.content
    assert api.get(f"{URL}/{extraction.pk}/overlay", {"kinds": ["sound"]}).status_code == 400


def test_a_list_is_filtered_and_carries_no_documents(api: APIClient, extraction: Extraction, system: Any) -> None:
    Extraction.objects.filter(pk=extraction.pk).update(design_system=system)
    (found,) = api.get(URL, {"design_system": str(system.pk), "state": "done"}).json()["results"]
    assert found["id"] == str(extraction.pk)
    assert "tokens" not in found
    assert api.get(URL, {"state": "failed"}).json()["results"] == []
    assert api.get(URL, {"state": "lost"}).status_code == 400
    assert api.get(URL, {"colour": "red"}).json()["errors"][0]["code"] == "unknown_field"


def test_a_failed_extraction_says_why_and_has_no_files(api: APIClient, extraction: Extraction) -> None:
    Extraction.objects.update(
        state=ExtractionState.FAILED, document="", error_code="picture_corrupt", error_detail="The picture is damaged."
    )
    body = api.get(f"{URL}/{extraction.pk}").json()
    assert body["error"] == {"code": "picture_corrupt", "detail": "The picture is damaged."}
    assert body["tokens"] is None
    for file in ("tokens", "report", "overlay"):
        answer = api.get(f"{URL}/{extraction.pk}/{file}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")
        assert answer["Content-Type"] == "application/problem+json"


def test_reading_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    api: APIClient, extraction: Extraction
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(URL).status_code == 200
        return len(captured)

    queries()  # with Redis the first request puts the caller's credential into the cache
    for_one = queries()
    for _ in range(5):
        extraction.pk = uuid7()
        extraction.save(force_insert=True)
    assert queries() == for_one


def test_formats_and_providers_are_listed(api: APIClient) -> None:
    formats = api.get("/api/design-system/formats").json()["results"]
    assert [each["name"] for each in formats] == list(EXPORTERS)
    providers = api.get("/api/design-system/providers").json()["results"]
    assert [each["name"] for each in providers if each["available"]] == ["local"]
