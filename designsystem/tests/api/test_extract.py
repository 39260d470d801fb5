"""POST extract: what comes in is measured or refused by itself, and one picture never harms another."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from audit.models import AuditLog
from designsystem.models import Extraction, SourceImage
from designsystem.services.extraction import ExtractionWorker
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
URL = "/api/design-system/extract"


def send(api: APIClient, *contents: bytes, headers: Any = None, **fields: Any) -> Any:
    files = [SimpleUploadedFile(f"page-{index}.png", content) for index, content in enumerate(contents)]
    return api.post(URL, {"pictures": files, **fields}, format="multipart", headers=headers)


def test_a_picture_gives_its_tokens_and_is_kept_with_the_result(api: APIClient) -> None:
    answer = send(api, pictures.page(), pixel_ratio="1")
    assert answer.status_code == 201
    (result,) = answer.json()["results"]
    extraction = result["extraction"]
    assert result["refusal"] is None
    assert result["pointer"] == "/pictures/0"
    assert (extraction["state"], extraction["name"], extraction["pixel_ratio"]) == ("done", "page-0.png", 1.0)
    assert extraction["pixel_ratio_given"] is True
    assert "#3b5bdb" in str(extraction["tokens"]["color"])
    assert extraction["token_count"] > 3
    assert extraction["timings"]["decoding"] >= 0
    again = api.get(f"/api/design-system/extractions/{extraction['id']}").json()
    assert again == extraction
    assert SourceImage.objects.get().read() == pictures.page()


def test_the_pixel_ratio_is_found_when_it_is_not_given(api: APIClient) -> None:
    (result,) = send(api, pictures.page()).json()["results"]
    assert result["extraction"]["pixel_ratio_given"] is False
    assert result["extraction"]["pixel_ratio"] > 0


@pytest.mark.parametrize("name", pictures.BAD)
def test_a_bad_picture_is_refused_with_its_reason_and_nothing_is_kept(api: APIClient, name: str) -> None:
    content, status, code = pictures.BAD[name]
    answer = send(api, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["pointer"] == "/pictures/0"
    assert not SourceImage.objects.exists()
    assert not Extraction.objects.exists()


@pytest.mark.parametrize("name", pictures.ODD)
def test_an_odd_picture_is_measured(api: APIClient, name: str) -> None:
    (result,) = send(api, pictures.ODD[name]).json()["results"]
    assert result["extraction"]["state"] == "done"


def test_bad_pictures_among_good_ones_are_told_and_the_others_are_measured(api: APIClient) -> None:
    answer = send(api, pictures.page(), pictures.BAD["bomb"][0], b"", pictures.page(accent="#e03131"))
    assert answer.status_code == 201
    results = answer.json()["results"]
    assert [result["extraction"] is not None for result in results] == [True, False, False, True]
    assert [result["refusal"] and result["refusal"]["code"] for result in results] == [
        None,
        "picture_too_many_pixels",
        "picture_empty",
        None,
    ]


def test_when_none_of_several_can_be_measured_the_problem_names_each(api: APIClient) -> None:
    answer = send(api, b"", pictures.BAD["svg"][0])
    assert (answer.status_code, answer.json()["code"]) == (422, "no_picture_measured")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/pictures/0", "/pictures/1"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/pictures"),
        ({"pixel_ratio": "0"}, "/pixel_ratio"),
        ({"pixel_ratio": "nan"}, "/pixel_ratio"),
        ({"provider": "magic"}, "/provider"),
        ({"images": "no-uuid"}, "/images/0"),
        ({"colour": "red"}, "/colour"),
        ({"async": "perhaps"}, "/async"),
        ({"name": "n" * 201}, "/name"),
    ],
)
def test_wrong_input_is_refused_where_it_is_wrong(api: APIClient, fields: dict[str, str], pointer: str) -> None:
    contents = [pictures.page()] if fields else []
    answer = send(api, *contents, **fields)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_the_answer_to_one_picture_says_where_its_extraction_is(api: APIClient) -> None:
    answer = send(api, pictures.page(), b"no picture")
    made = answer.json()["results"][0]["extraction"]["id"]
    assert answer["Location"] == f"/api/design-system/extractions/{made}"
    assert api.get(answer["Location"]).json()["id"] == made
    assert "Location" not in send(api, pictures.page(), pictures.page())


def test_more_pictures_than_one_request_may_bring_are_refused(api: APIClient) -> None:
    assert send(api, *[pictures.page()] * 21).status_code == 400


def test_a_kept_picture_is_measured_by_its_id(api: APIClient) -> None:
    image = api.post(
        "/api/design-system/images", {"picture": SimpleUploadedFile("a.png", pictures.page())}, format="multipart"
    ).json()
    answer = api.post(URL, {"images": [image["id"]], "pixel_ratio": 1}, format="json")
    assert answer.json()["results"][0]["extraction"]["image"] == image["id"]
    assert SourceImage.objects.count() == 1


def test_somebody_elses_picture_and_design_system_are_not_there(api: APIClient, bob: Any, signed_in: Any) -> None:
    theirs = signed_in(bob)
    image = theirs.post(
        "/api/design-system/images", {"picture": SimpleUploadedFile("a.png", pictures.page())}, format="multipart"
    ).json()
    system = theirs.post("/api/design-system/systems", {"name": "Theirs"}, format="json").json()
    assert api.post(URL, {"images": [image["id"]]}, format="json").json()["code"] == "image_not_found"
    assert send(api, pictures.page(), design_system=system["id"]).json()["code"] == "design_system_not_found"


def test_the_same_picture_of_one_owner_is_kept_once(api: APIClient, bob: Any, signed_in: Any) -> None:
    send(api, pictures.page())
    send(api, pictures.page())
    assert SourceImage.objects.count() == 1
    assert Extraction.objects.count() == 2
    send(signed_in(bob), pictures.page())
    assert SourceImage.objects.count() == 2


def test_repeating_a_request_with_its_key_measures_once(api: APIClient) -> None:
    headers = {"Idempotency-Key": "measure-1"}
    first = send(api, pictures.page(), headers=headers)
    second = send(api, pictures.page(), headers=headers)
    assert first.json() == second.json()
    assert Extraction.objects.count() == 1
    assert send(api, pictures.page(accent="#e03131"), headers=headers).status_code == 422


def test_async_answers_at_once_and_a_worker_measures(
    api: APIClient, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("designsystem.dispatch.send", lambda name, key: sent.append((name, key)))
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(api, pictures.page(), **{"async": "true"})
    assert answer.status_code == 202
    extraction = answer.json()["results"][0]["extraction"]
    assert (extraction["state"], extraction["tokens"]) == ("queued", None)
    assert [(name, str(key)) for name, key in sent] == [("designsystem.extract", extraction["id"])]
    address = f"/api/design-system/extractions/{extraction['id']}"
    assert api.get(f"{address}/tokens").json()["code"] == "not_finished"
    ExtractionWorker().run(sent[0][1])
    assert api.get(address).json()["state"] == "done"


def test_an_extraction_leaves_its_entries_in_the_trail(api: APIClient, alice: Any) -> None:
    send(api, pictures.page())
    entries = list(AuditLog.objects.order_by("id").values_list("action", "outcome"))
    assert ("picture.uploaded", "success") in entries
    assert ("extraction.created", "success") in entries


def test_strangers_are_refused_before_anything_is_read() -> None:
    answer = APIClient().post(URL, {"pictures": [SimpleUploadedFile("a.png", b"x")]}, format="multipart")
    assert answer.status_code == 401


def test_many_pictures_leave_no_memory_behind(api: APIClient) -> None:
    send(api, pictures.page(), pixel_ratio="1")
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(5):
            send(api, pictures.page(), pictures.BAD["bomb"][0], pixel_ratio="1")
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 5_000_000
    assert peak < 100_000_000
