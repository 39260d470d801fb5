"""Batches over HTTP: taken in at once, followed by polling or by events, each item told."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from rest_framework.test import APIClient

from audit.models import AuditLog
from designsystem.api import batch_events
from designsystem.models import Batch, BatchItem, BatchState, DesignSystem
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload
from designsystem.tests import pictures
from designsystem.tests.api.conftest import picture_file

URL = "/api/design-system/batch"


def work(key: Any) -> None:
    for item in BatchItem.objects.filter(batch=key).values_list("pk", flat=True):
        BatchWorker().run(item)
    BatchMerge().run(key)


@pytest.mark.django_db
def test_a_form_of_pictures_becomes_a_batch_with_items_and_merged_tokens(api: APIClient) -> None:
    files = [picture_file(), picture_file(b"no picture", "b.png")]
    answer = api.post(URL, {"pictures": files, "name": "Shop", "pixel_ratio": 1}, format="multipart")
    assert answer.status_code == 202
    address = answer.headers["Location"]
    told = answer.json()
    assert (told["state"], told["progress"]["total"], told["progress"]["waiting"]) == ("running", 2, 2)
    work(told["id"])
    done = api.get(address).json()
    assert (done["state"], done["progress"]["done"], done["progress"]["failed"]) == ("done", 1, 1)
    assert "#3b5bdb" in str(done["tokens"])
    assert done["themes"]["version"] == "2025.10"
    items = api.get(f"{address}/items").json()["results"]
    assert [(item["position"], item["state"]) for item in items] == [(1, "failed"), (0, "done")]
    assert items[0]["error"]["code"] == "picture_unsupported_type"
    assert api.get(f"/api/design-system/extractions/{items[1]['extraction']}").json()["tokens"]
    assert len(api.get(f"{address}/items?state=done&page_size=1").json()["results"]) == 1
    assert [each["id"] for each in api.get("/api/design-system/batches?state=done").json()["results"]] == [told["id"]]


@pytest.mark.django_db
def test_an_archive_and_ids_become_batches(api: APIClient, batch: Batch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.png", pictures.page())
    sent = SimpleUploadedFile("screens.zip", buffer.getvalue())
    assert api.post(URL, {"archive": sent}, format="multipart").json()["progress"]["total"] == 1
    image = batch.items.get().image_id
    assert api.post(URL, {"images": [str(image)]}, format="json").status_code == 202


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"images": []}, "invalid"),
        ({"images": ["00000000-0000-0000-0000-000000000000"]}, "image_not_found"),
        ({"images": ["00000000-0000-0000-0000-000000000000"], "provider": "hybrid"}, "provider_unavailable"),
        ({"images": ["x"]}, "invalid"),
        ({"images": [5]}, "invalid"),
    ],
)
def test_wrong_input_is_refused(api: APIClient, body: Any, code: str) -> None:
    answer = api.post(URL, body, format="json")
    assert answer.status_code in (400, 404, 422)
    assert answer.json()["code"] == code
    assert not Batch.objects.exists()


@pytest.mark.django_db
def test_an_archive_without_pictures_is_refused_at_its_field(api: APIClient) -> None:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    answer = api.post(URL, {"archive": SimpleUploadedFile("none.zip", content.getvalue())}, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/archive")


@pytest.mark.django_db
def test_repeating_a_request_with_its_key_makes_one_batch(api: APIClient) -> None:
    first, second = (
        api.post(URL, {"pictures": [picture_file()]}, format="multipart", headers={"Idempotency-Key": "b1"})
        for _ in range(2)
    )
    assert first.json() == second.json()
    assert Batch.objects.count() == 1


@pytest.mark.django_db
def test_polling_with_the_etag_costs_nothing_until_something_changes(api: APIClient, batch: Batch) -> None:
    address = f"/api/design-system/batches/{batch.pk}"
    etag = api.get(address).headers["ETag"]
    same = api.get(address, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    BatchWorker().run(batch.items.get().pk)
    assert api.get(address, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.django_db
def test_merged_tokens_are_exported_and_become_a_version(
    api: APIClient, batch: Batch, system: DesignSystem, signed_in: Callable[[Any], APIClient], bob: Any
) -> None:
    address = f"/api/design-system/batches/{batch.pk}"
    assert api.get(f"{address}/tokens").json()["code"] == "not_finished"
    versions = f"/api/design-system/systems/{system.pk}/versions"
    assert api.post(versions, {"batch": str(batch.pk)}, format="json").json()["code"] == "not_finished"
    work(batch.pk)
    assert api.get(f"{address}/tokens").json() == api.get(address).json()["tokens"]
    assert "--color-palette" in api.get(f"{address}/tokens?format=css").content.decode()
    made = api.post(versions, {"batch": str(batch.pk), "reason": "First look"}, format="json")
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert made.json()["tokens"] == api.get(address).json()["tokens"]
    both = {"batch": str(batch.pk), "extraction": str(batch.items.get().extraction_id)}
    assert api.post(versions, both, format="json").status_code == 400
    other = BatchService().create(bob, Pictures(uploads=[Upload("/0", "a.png", pictures.page)]), Options())
    assert api.post(versions, {"batch": str(other.pk)}, format="json").json()["code"] == "batch_not_found"


@pytest.mark.django_db
def test_a_batch_is_deleted_once_it_has_ended_and_what_it_measured_stays(api: APIClient, batch: Batch) -> None:
    address = f"/api/design-system/batches/{batch.pk}"
    assert api.delete(address).json()["code"] == "batch_under_way"
    work(batch.pk)
    extraction = batch.items.get().extraction_id
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    assert not BatchItem.objects.exists()
    assert api.get(f"/api/design-system/extractions/{extraction}").json()["state"] == "done"
    assert AuditLog.objects.filter(action="batch.deleted").count() == 1


@pytest.mark.django_db
def test_the_files_of_failed_items_go_with_the_batch(
    api: APIClient, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    told = api.post(URL, {"pictures": [picture_file(b"no picture")]}, format="multipart").json()
    work(told["id"])
    file = str(BatchItem.objects.get().file.name)
    assert default_storage.exists(file)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"/api/design-system/batches/{told['id']}").status_code == 204
    assert not default_storage.exists(file)


@pytest.mark.django_db
def test_a_batch_is_cancelled_and_tried_again(api: APIClient, batch: Batch) -> None:
    address = f"/api/design-system/batches/{batch.pk}"
    assert api.post(f"{address}/cancel").json()["state"] == "cancelled"
    assert api.post(f"{address}/cancel").json()["code"] == "batch_ended"
    assert api.post(f"{address}/retry").json()["state"] == "running"
    assert api.post(f"{address}/retry").json()["code"] == "batch_under_way"


@pytest.mark.django_db(transaction=True)
def test_events_tell_the_progress_and_are_resumed(
    alice: Any, batch: Batch, signed_in: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_events, "LOOK", 0.01)
    monkeypatch.setattr(batch_events, "HEARTBEAT", 0.0)
    authorization = str(signed_in(alice)._credentials["HTTP_AUTHORIZATION"])
    address = f"/api/design-system/batches/{batch.pk}/events"

    async def ask(known: str) -> Any:
        headers = {"Authorization": authorization, "Accept": "text/event-stream", "Last-Event-ID": known}
        return await AsyncClient().get(address, headers=headers)

    async def listen(known: str) -> list[str]:
        answer = await ask(known)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
        told: list[str] = []
        async for chunk in answer.streaming_content:
            told.append(chunk.decode())
            if len(told) == 3:
                await sync_to_async(work)(batch.pk)
        return told

    told = asyncio.run(listen(""))
    assert told[0].startswith("retry:")
    assert told[1].startswith("id: 1\nevent: progress\n")
    assert ": still here\n\n" in told
    last = json.loads(told[-1].partition("data: ")[2])
    assert (last["state"], last["done"], last["waiting"]) == (BatchState.DONE, 1, 0)
    versions = [int(each.split()[1]) for each in told if each.startswith("id:")]
    assert versions == sorted(versions)
    assert asyncio.run(ask(str(last["version"]))).status_code == 204, "nothing will come: an EventSource stays away"
    ahead = asyncio.run(listen(str(last["version"] + 1)))
    assert json.loads(ahead[1].partition("data: ")[2]) == last, "an id that was never given hides nothing"


@pytest.mark.django_db
def test_what_is_in_hand_when_a_batch_is_cancelled_is_kept(batch: Batch) -> None:
    item = BatchItem.objects.select_related("batch__owner", "image").claim(batch.items.get().pk)
    assert item is not None
    assert BatchService().cancel(batch).waiting == 1
    BatchWorker()._measure(item)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.waiting) == (BatchState.CANCELLED, 1, 0)
