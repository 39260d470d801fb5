"""Many at once: one picture is kept once, one extraction is claimed once, versions are numbered without gaps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from audit.actions import Action
from audit.models import AuditLog
from config.errors import DomainError
from designsystem.models import Baseline, Extraction, SourceImage, TokenSetVersion, Validation
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.uploads import UploadService
from designsystem.services.validation import ValidationRequest, ValidationService
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


def validation(owner: Any, system: Any, accent: str, later: bool = False) -> Validation:
    picture = Upload("/picture", "a.png", lambda: pictures.page(accent=accent))
    request = ValidationRequest(picture, name="settings", pixel_ratio=1.0, design_system=system, later=later)
    return ValidationService().validate(owner, request)


def approved(row: Validation, approver: Any) -> int | str:
    try:
        return ValidationService().approve(row, approver, "").number
    except DomainError as error:
        return error.code


def test_a_comparison_that_many_approve_at_once_makes_one_baseline(alice: Any) -> None:
    system = DesignSystemService().create(alice, "Shop")
    row = validation(alice, system, "#3b5bdb")
    answers = at_once(lambda: approved(row, alice))
    assert sorted(map(str, answers)) == ["1", *["already_approved"] * (CALLS - 1)]
    assert Baseline.objects.get().image == row.image
    assert AuditLog.objects.filter(action=Action.BASELINE_APPROVED).count() == 1


def test_comparisons_that_are_approved_at_once_each_get_a_place_in_the_history(alice: Any) -> None:
    system = DesignSystemService().create(alice, "Shop")
    rows = [validation(alice, system, f"#3b5b{shade:02x}") for shade in range(0, 160, 20)]
    calls = iter(rows * 2)  # each of them twice
    answers = at_once(lambda: approved(next(calls), alice))
    assert sorted(number for number in answers if number != "already_approved") == list(range(1, len(rows) + 1))
    history = Baseline.objects.order_by("number")
    assert [each.number for each in history] == list(range(1, len(rows) + 1))
    assert {each.validation_id for each in history} == {each.pk for each in rows}
    assert Baseline.objects.current().get().number == len(rows)


def test_one_waiting_validation_is_judged_by_one_of_many_workers(alice: Any) -> None:
    system = DesignSystemService().create(alice, "Shop")
    row = validation(alice, system, "#3b5bdb", later=True)
    claims = at_once(lambda: Validation.objects.claim(row.pk))
    assert sum(claim is not None for claim in claims) == 1
