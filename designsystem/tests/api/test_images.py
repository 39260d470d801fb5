"""Uploaded pictures: kept once, served as what they are and as nothing else, gone when deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone
from rest_framework.test import APIClient

from designsystem.models import Extraction, SourceImage
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures
from designsystem.tests.api.conftest import picture_file

pytestmark = pytest.mark.django_db
URL = "/api/design-system/images"


def upload(api: APIClient, content: bytes | None = None, name: str = "page.png") -> Any:
    return api.post(URL, {"picture": picture_file(content, name)}, format="multipart")


def test_an_upload_is_described_by_what_its_bytes_are(api: APIClient) -> None:
    answer = upload(api, pictures.ODD["cmyk"], "claims-to-be.png")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["media_type"], body["width"], body["height"]) == ("image/jpeg", 200, 100)
    assert answer["Location"] == f"{URL}/{body['id']}"
    assert api.get(answer["Location"]).json() == body


def test_the_same_bytes_again_are_the_same_picture(api: APIClient) -> None:
    first, second = upload(api), upload(api, name="other.png")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize("name", pictures.BAD)
def test_what_is_no_picture_is_refused_and_leaves_no_file(api: APIClient, name: str, alice: Any) -> None:
    content, status, code = pictures.BAD[name]
    answer = upload(api, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not default_storage.exists(f"images/{alice.pk.hex}")


def test_the_bytes_come_back_as_a_download_of_their_own_type_in_a_sandbox(api: APIClient) -> None:
    image = upload(api, name="../../etc/passwd\r\nX: y.html").json()
    for accept in ("*/*", "text/html", "image/webp"):
        answer = api.get(f"{URL}/{image['id']}/content", headers={"Accept": accept})
        assert answer.content == pictures.page()
        assert answer["Content-Type"] == "image/png"
        assert answer["Content-Disposition"] == f'attachment; filename="{image["id"]}.png"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer["Cache-Control"] == "no-store"


def test_a_file_lies_where_its_digest_and_our_ids_say(api: APIClient, alice: Any) -> None:
    upload(api, name="..\\..\\evil.svg")
    image = SourceImage.objects.get()
    assert image.file.name == f"images/{alice.pk.hex}/{image.sha256}-{image.pk.hex}"


def test_deleting_takes_the_bytes_along(api: APIClient, django_capture_on_commit_callbacks: Any) -> None:
    image = upload(api).json()
    name = str(SourceImage.objects.get().file.name)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{URL}/{image['id']}").status_code == 204
    assert not default_storage.exists(name)
    assert api.get(f"{URL}/{image['id']}").status_code == 404


def test_a_picture_that_is_evidence_is_not_deleted(api: APIClient, extraction: Extraction) -> None:
    answer = api.delete(f"{URL}/{extraction.image_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "image_in_use")
    assert api.delete(f"/api/design-system/extractions/{extraction.pk}").status_code == 204
    assert api.delete(f"{URL}/{extraction.image_id}").status_code == 204


def test_a_list_shows_ones_own_newest_first(api: APIClient, bob: Any, signed_in: Any) -> None:
    accents = ("#111111", "#222222", "#333333")
    ids = [upload(api, pictures.page(accent=accent)).json()["id"] for accent in accents]
    upload(signed_in(bob))
    assert [each["id"] for each in api.get(URL).json()["results"]] == ids[::-1]


def test_a_form_without_a_picture_says_so(api: APIClient) -> None:
    assert api.post(URL, {}, format="multipart").json()["errors"][0]["pointer"] == "/picture"
    assert api.post(URL, {"picture": "text"}, format="multipart").json()["errors"][0]["pointer"] == "/picture"
    assert api.post(URL, {}, format="json").status_code == 415


def test_the_files_of_somebody_who_left_are_removed_and_no_others(
    api: APIClient, alice: Any, bob: Any, signed_in: Any, extraction: Extraction
) -> None:
    upload(signed_in(bob))
    gone, kept = (str(SourceImage.objects.get(owner=owner).file.name) for owner in (alice, bob))
    alice.delete()
    assert not Extraction.objects.exists()
    assert UploadService().remove_orphans() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert UploadService().remove_orphans() == 0
    assert not default_storage.exists(gone)
    assert default_storage.exists(kept)
