"""Many at once: one picture is kept once, one extraction is claimed once, versions are numbered without gaps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from designsystem.models import Extraction, SourceImage, TokenSetVersion
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures
from designsystem.tests.api.test_systems import DOCUMENT

pytestmark = pytest.mark.django_db(transaction=True)
Result = TypeVar("Result")
CALLS = 16


def at_once(act: Callable[[], Result]) -> list[Result]:
    def call(_: int) -> Result:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(CALLS)))


def test_one_picture_sent_by_many_requests_is_kept_once(alice: Any) -> None:
    kept = at_once(lambda: UploadService().upload(alice, pictures.page(), "a.png"))
    assert sum(new for _, new in kept) == 1
    assert len({image.pk for image, _ in kept}) == SourceImage.objects.count() == 1
    assert len(default_storage.listdir(f"images/{alice.pk.hex}")[1]) == 1


def test_one_extraction_is_claimed_by_one_of_many_workers(alice: Any) -> None:
    list(ExtractionService().extract(alice, [Upload("/0", "a.png", pictures.page)], Options(later=True)))
    key = Extraction.objects.get().pk
    claims = at_once(lambda: Extraction.objects.claim(key))
    assert sum(claim is not None for claim in claims) == 1
    assert Extraction.objects.get().attempts == 1


def test_versions_that_are_added_at_once_have_numbers_of_their_own(alice: Any) -> None:
    system = DesignSystemService().create(alice, "Shop")
    at_once(lambda: DesignSystemService().add_version(system, alice, DOCUMENT, ""))
    numbers = TokenSetVersion.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, CALLS + 1))
