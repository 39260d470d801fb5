"""What was measured is not measured again: for the same owner, bytes, engine and options, and for nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pydantic import SecretStr
from rest_framework.test import APIClient

from config.errors import DomainError
from config.services.storage import StorageConfigService
from config.services.vision import VisionConfigService
from config.testing import configured
from designsystem.engine import extract as engine
from designsystem.models import Extraction, ExtractionState, Provider, SourceImage
from designsystem.services import result_cache
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Kept, Options, Refusal, Upload
from designsystem.services.result_cache import ResultCache
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
PICTURE = Upload("/pictures/0", "a.png", pictures.page)
OPTIONS = Options(pixel_ratio=1.0)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the engine ran."""
    count: Counter[str] = Counter()
    real = engine.extract

    def counting(*args: Any, **options: Any) -> engine.Extraction:
        count["times"] += 1
        return real(*args, **options)

    monkeypatch.setattr(engine, "extract", counting)
    return count


def extract(owner: Any, options: Options = OPTIONS, picture: Upload | Kept = PICTURE) -> Extraction:
    (outcome,) = ExtractionService().extract(owner, [picture], options)
    assert not isinstance(outcome, Refusal)
    return outcome[1]


def test_the_second_time_the_result_is_given_out_again(alice: Any, measured: Counter[str]) -> None:
    first = extract(alice)
    second = extract(alice, replace(OPTIONS, name="another"))
    assert (first.cached, second.cached, second.timings) == (False, True, {})
    assert first.document == second.document
    assert (first.pk != second.pk, first.image_id == second.image_id, second.name) == (True, True, "another")
    assert extract(alice, picture=Kept("/images/0", first.image_id)).cached
    assert measured["times"] == 1


def test_the_answer_says_that_it_came_from_the_cache_and_fresh_refuses_it(
    alice: Any, signed_in: Callable[[Any], APIClient]
) -> None:
    api = signed_in(alice)

    def answer(**fields: Any) -> Any:
        data = {"pictures": [SimpleUploadedFile("a.png", pictures.page())], "pixel_ratio": 1, **fields}
        return api.post("/api/design-system/extract", data, format="multipart").json()["results"][0]["extraction"]

    told = [answer(), answer(), answer(fresh=True)]
    assert [each["cached"] for each in told] == [False, True, False]
    assert told[0]["tokens"] == told[1]["tokens"] == told[2]["tokens"]
    assert api.get(f"/api/design-system/extractions/{told[1]['id']}").json()["cached"] is True


def test_nobody_learns_that_somebody_else_has_the_picture(alice: Any, bob: Any, measured: Counter[str]) -> None:
    extract(alice)
    assert not extract(bob).cached
    assert measured["times"] == 2


@pytest.mark.parametrize(
    "options", [Options(pixel_ratio=2.0), Options(), replace(OPTIONS, fresh=True)], ids=["ratio", "no ratio", "fresh"]
)
def test_other_options_are_another_result(alice: Any, options: Options) -> None:
    extract(alice)
    assert not extract(alice, options).cached


def test_other_bytes_are_another_result(alice: Any) -> None:
    extract(alice)
    assert not extract(alice, picture=Upload("/0", "a.png", _other)).cached


def test_other_limits_are_another_result(alice: Any) -> None:
    extract(alice)
    with configured(storage_service=StorageConfigService(max_picture_pixels=1000)):
        (outcome,) = ExtractionService().extract(alice, [PICTURE], OPTIONS)
    assert isinstance(outcome, Refusal)


def test_another_engine_is_another_result(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    extract(alice)
    monkeypatch.setattr(result_cache, "engine_version", lambda: "another")
    assert not extract(alice).cached


def test_the_version_of_the_engine_follows_from_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = result_cache.engine_version.__wrapped__()
    assert before == result_cache.engine_version.__wrapped__()
    monkeypatch.setattr(result_cache, "version", lambda name: "0")
    assert before != result_cache.engine_version.__wrapped__()
    monkeypatch.undo()
    monkeypatch.setattr(result_cache, "_CODE", ("engine",))
    assert before != result_cache.engine_version.__wrapped__()


@pytest.mark.parametrize("change", [{"model": "x"}, {"effort": "high"}, {"max_output_tokens": 999}, {"base_url": "x"}])
def test_another_model_is_another_result_where_a_model_is_asked(change: dict[str, Any]) -> None:
    vision = VisionConfigService(api_key=SecretStr("sk-test"))
    one, other = ResultCache(vision=vision), ResultCache(vision=vision.model_copy(update=change))
    assert one.key("0", Provider.HYBRID, None) != other.key("0", Provider.HYBRID, None)
    assert one.key("0", Provider.LOCAL, None) == other.key("0", Provider.LOCAL, None)
    assert one.key("0", Provider.HYBRID, None) != one.key("0", Provider.CLAUDE, None)
    assert one.key("0", Provider.HYBRID, None) != one.key("1", Provider.HYBRID, None)


def test_a_result_without_the_names_that_were_asked_for_is_not_given_out_again(alice: Any) -> None:
    vision = VisionConfigService(api_key=SecretStr("sk-test"), base_url="http://127.0.0.1:9", max_attempts=1)
    with configured(vision_service=vision):
        for _ in range(2):
            row = extract(alice, replace(OPTIONS, provider=Provider.HYBRID))
            ExtractionWorker().run(row.pk)
            row.refresh_from_db()
            assert (row.state, row.cached, row.result_key) == (ExtractionState.DONE, False, "")
            assert row.naming_error


def test_waiting_extractions_of_one_picture_are_measured_once(alice: Any, measured: Counter[str]) -> None:
    rows = [extract(alice, replace(OPTIONS, later=True)) for _ in range(3)]
    for row in rows:
        ExtractionWorker().run(row.pk)
    assert [each.cached for each in Extraction.objects.order_by("created_at")] == [False, True, True]
    assert extract(alice, replace(OPTIONS, later=True)).state == ExtractionState.DONE, "known at once"
    assert measured["times"] == 1


def test_a_batch_uses_and_fills_it(alice: Any, measured: Counter[str]) -> None:
    first = extract(alice)
    uploads = [PICTURE, Upload("/1", "b.png", _other), Upload("/2", "c.png", _other)]
    batch = BatchService().create(alice, Pictures(uploads=uploads), OPTIONS)
    for key in batch.items.order_by("position").values_list("pk", flat=True):
        BatchWorker().run(key)
    rows = [each.extraction for each in batch.items.order_by("position")]
    assert [row.cached for row in rows if row] == [True, False, True]
    assert rows[0] is not None
    assert rows[0].document == first.document
    assert measured["times"] == 2
    assert SourceImage.objects.count() == 2


def _other() -> bytes:
    return pictures.page(accent="#c92a2a")


def test_it_goes_with_the_extractions_and_the_picture(alice: Any) -> None:
    first = extract(alice)
    ExtractionService().delete(first)
    UploadService().delete(first.image)
    assert not extract(alice).cached


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_picture_and_the_same_result_while_others_delete(alice: Any) -> None:
    extract(alice)
    wanted = Extraction.objects.get().document

    def call(number: int) -> Extraction | None:
        try:
            if number % 4 == 3:
                for row in Extraction.objects.filter(owner=alice):
                    ExtractionService().delete(row)
                for image in SourceImage.objects.filter(owner=alice):
                    UploadService().delete(image)
                return None
            return extract(alice)
        except DomainError as error:
            if error.code not in ("image_in_use", "not_found"):  # it got a new result, or was deleted, meanwhile
                raise
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = [row for row in pool.map(call, range(24)) if row is not None]
    assert len(made) == 18
    assert {row.document for row in made} == {wanted}
    assert SourceImage.objects.count() <= 1
    for row in Extraction.objects.select_related("image"):
        assert row.image.read() == pictures.page()
