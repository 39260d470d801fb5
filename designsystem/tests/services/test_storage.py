"""Pictures lie by their digest, in a folder or a bucket; what nothing refers to goes, what changed is not used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.outbox import Outbox
from accounts.tasks import handlers
from designsystem.models import Batch, Extraction, SourceImage
from designsystem.models.lease import WorkState
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, ExtractionWorker, Options, Refusal, Upload
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(hours=2)
PICTURE = Upload("/0", "a.png", pictures.page)


def stored(storage: Any, folder: str = "") -> list[str]:
    folders, files = storage.listdir(folder)
    found = [f"{folder}/{each}".lstrip("/") for each in files]
    return found + [name for each in folders for name in stored(storage, f"{folder}/{each}".lstrip("/"))]


def test_a_picture_lies_by_its_digest_and_goes_with_its_row(storage: Any, alice: Any) -> None:
    image, new = UploadService().upload(alice, pictures.page(), "a.png")
    assert (new, UploadService().upload(alice, pictures.page(), "b.png")) == (True, (image, False))
    assert stored(storage) == [f"images/{alice.pk.hex}/{image.sha256}-{image.pk.hex}"]
    assert image.read() == pictures.page()
    UploadService().delete(image)
    assert stored(storage) == []


def test_the_file_stays_when_the_deletion_is_rolled_back(storage: Any, alice: Any) -> None:
    image, _ = UploadService().upload(alice, pictures.page(), "a.png")
    with transaction.atomic():
        image.delete()
        transaction.set_rollback(True)
    assert SourceImage.objects.get().read() == pictures.page()


def test_files_that_nothing_refers_to_go_when_they_are_old(storage: Any, alice: Any) -> None:
    kept, _ = UploadService().upload(alice, pictures.page(), "a.png")
    lost = storage.save(f"images/{alice.pk.hex}/{'0' * 64}-{kept.pk.hex}", ContentFile(b"x"))
    assert UploadService().remove_orphans() == 0
    with time_machine.travel(timezone.now() + LATER):
        assert UploadService().remove_orphans() == 1
    assert stored(storage) == [kept.file.name]
    assert not storage.exists(lost)


def test_a_batch_and_an_export_and_an_erasure_leave_what_they_should(storage: Any, alice: Any) -> None:
    batch = BatchService().create(alice, Pictures(uploads=[PICTURE]), Options(pixel_ratio=1.0))
    assert [name.partition("/")[0] for name in stored(storage)] == ["batches"]
    BatchWorker().run(batch.items.get().pk)
    assert [name.partition("/")[0] for name in stored(storage)] == ["images"]
    request = ExportService().request(alice)
    Outbox().deliver_due(handlers())
    assert b"".join(ExportService().download(alice, request.pk)).startswith(b"PK")
    assert len(stored(storage)) == 2
    ErasureService().request(alice)
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        ErasureService().carry_out_due()
    assert stored(storage) == []
    assert not Batch.objects.exists()


def test_bytes_that_changed_are_not_measured_and_not_shown(
    alice: Any, signed_in: Callable[[Any], APIClient], settings: Any
) -> None:
    image, _ = UploadService().upload(alice, pictures.page(), "a.png")
    api = signed_in(alice)
    path = Path(settings.MEDIA_ROOT) / str(image.file.name)
    path.write_bytes(pictures.page(accent="#c92a2a"))
    answer = api.get(f"/api/design-system/images/{image.pk}/content")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "storage_unavailable", "5")
    again = api.post("/api/design-system/extract", {"images": [str(image.pk)]}, format="json")
    assert (again.status_code, again.json()["code"]) == (503, "storage_unavailable")
    assert not Extraction.objects.exists()


def test_a_worker_waits_for_a_storage_that_is_away(alice: Any, settings: Any) -> None:
    (outcome,) = ExtractionService().extract(alice, [PICTURE], Options(pixel_ratio=1.0, later=True))
    assert not isinstance(outcome, Refusal)
    row = outcome[1]
    path = Path(settings.MEDIA_ROOT) / str(row.image.file.name)
    path.rename(path.with_suffix(".away"))
    ExtractionWorker().run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.error_code) == (WorkState.QUEUED, "")
    path.with_suffix(".away").rename(path)
    ExtractionWorker().run(row.pk)
    row.refresh_from_db()
    assert row.state == WorkState.DONE
