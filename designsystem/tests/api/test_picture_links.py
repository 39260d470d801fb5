"""images/{id}/links: who has the link sees the picture, this one, for a while, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditLog
from config.errors import DomainError
from designsystem.models import SourceImage
from designsystem.services.picture_links import LinkPurpose, PictureLinks
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice: Any) -> SourceImage:
    return UploadService().upload(alice, pictures.page(), "Looking-Glass.png")[0]


def make(api: APIClient, image: SourceImage, **given: Any) -> Any:
    return api.post(f"/api/design-system/images/{image.pk}/links", given, format="json")


def follow(url: str, **changes: Any) -> Any:
    """As a browser does that has no credential."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    return APIClient().get(f"{parts.path}?{urlencode(query)}")


def test_an_img_shows_the_picture_without_a_credential(api: APIClient, image: SourceImage) -> None:
    answer = make(api, image)
    assert answer.status_code == 201
    assert "Looking-Glass" not in answer.json()["url"]
    shown = follow(answer.json()["url"])
    assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, pictures.page(), "image/png")
    assert shown["Content-Disposition"].startswith("inline")
    assert shown["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Security-Policy"].startswith("sandbox")
    assert 0 < int(shown["Cache-Control"].partition("max-age=")[2]) <= 300
    assert AuditLog.objects.get(action="picture.linked").details == '{"limit":300,"purpose":"view"}'


def test_a_download_is_no_view(api: APIClient, image: SourceImage) -> None:
    url = make(api, image, purpose="download").json()["url"]
    kept = follow(url)
    assert kept["Content-Disposition"].startswith("attachment")
    assert kept["Cache-Control"] == "no-store"
    assert follow(url, purpose="view").json()["code"] == "link_not_found"


@pytest.mark.parametrize("given", [{"expires_in_seconds": 0}, {"expires_in_seconds": 3601}, {"purpose": "x"}, {"x": 1}])
def test_bad_input_is_refused(api: APIClient, image: SourceImage, given: dict[str, Any]) -> None:
    assert make(api, image, **given).status_code == 400


def test_it_ends_by_itself(api: APIClient, image: SourceImage) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        url = make(api, image, expires_in_seconds=60).json()["url"]
        clock.shift(59)
        assert follow(url).status_code == 200
        clock.shift(1)
        assert (follow(url).status_code, follow(url).json()["code"]) == (410, "link_expired")


def test_a_changed_link_is_none_and_all_of_these_look_alike(api: APIClient, image: SourceImage, alice: Any) -> None:
    url = make(api, image).json()["url"]
    other, _ = UploadService().upload(alice, pictures.page(accent="#c92a2a"), "b.png")
    expires = int(dict(parse_qsl(urlsplit(url).query))["expires"])
    answers = [
        follow(url, expires=expires + 1),
        follow(url, signature="0" * 64),
        follow(url, key="unknown"),
        follow(url.replace(str(image.pk), str(other.pk))),
        follow(url.replace(str(image.pk), str(alice.pk))),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "link_not_found")}
    for change in ({"signature": "é"}, {"signature": "0" * 63}, {"expires": "soon"}, {"more": 1}):
        assert follow(url, **change).status_code == 400


@pytest.mark.parametrize("ending", ["epoch", "suspension", "deletion"])
def test_it_ends_with_what_it_came_from(image: SourceImage, alice: Any, ending: str) -> None:
    url = PictureLinks().make(image, LinkPurpose.VIEW).url
    endings: dict[str, Callable[[], object]] = {
        "epoch": lambda: type(alice).objects.filter(pk=alice.pk).update(epoch=alice.epoch + 1),
        "suspension": lambda: type(alice).objects.filter(pk=alice.pk).update(is_active=False),
        "deletion": lambda: UploadService().delete(image),
    }
    endings[ending]()
    assert follow(url).status_code == 404


def test_an_older_key_of_the_ring_still_opens_and_one_that_is_gone_does_not(image: SourceImage) -> None:
    old, new = {"old": b"o" * 32}, {"new": b"n" * 32}
    link = PictureLinks(keys=old).make(image, LinkPurpose.VIEW)
    assert PictureLinks(keys={**new, **old}).open(link) == image
    assert PictureLinks(keys={**new, **old}).make(image, LinkPurpose.VIEW).key == "new"
    with pytest.raises(DomainError, match="no such link"):
        PictureLinks(keys=new).open(link)
