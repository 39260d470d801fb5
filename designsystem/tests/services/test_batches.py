"""A batch: every item ends exactly once, whatever happens to workers, brokers, storage and archives."""

from __future__ import annotations

import errno
import io
import json
import stat
import zipfile
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from PIL import Image

from audit.models import AuditLog
from config.errors import DomainError
from config.services.storage import StorageConfigService
from designsystem import dispatch
from designsystem.models import Batch, BatchItem, BatchItemState, BatchState, Extraction, SourceImage
from designsystem.services import batches
from designsystem.services.archives import ArchiveReader
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)
OPTIONS = Options(pixel_ratio=1.0)
RED = pictures.page(accent="#e03131")


def zipped(files: dict[str, bytes], **modes: int) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = modes.get(name, stat.S_IFREG | 0o600) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer


def made(owner: Any, *contents: bytes) -> Batch:
    uploads = [Upload(f"/pictures/{i}", f"{i}.png", partial(bytes, content)) for i, content in enumerate(contents)]
    return BatchService().create(owner, Pictures(uploads=uploads), OPTIONS)


def work(batch: Batch) -> Batch:
    """What workers do until nothing is in the queue any more."""
    queued = BatchItem.objects.filter(batch=batch, state=BatchItemState.QUEUED).order_by("position")
    while item := queued.first():
        BatchWorker().run(item.pk)
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    return batch


def states(batch: Batch) -> Counter[str]:
    return Counter(batch.items.values_list("state", flat=True))


def test_pictures_are_measured_and_merged_and_a_bomb_in_the_middle_is_named(
    alice: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "send", lambda name, key: None)
    with django_capture_on_commit_callbacks(execute=True):
        batch = work(made(alice, pictures.page(), pictures.BAD["bomb"][0], RED))
    assert (batch.state, batch.total, batch.done, batch.failed, batch.waiting) == (BatchState.DONE, 3, 2, 1, 0)
    assert batch.items.get(position=1).error_code == "picture_too_many_pixels"
    assert {"#3b5bdb", "#e03131"} <= set(json.dumps(json.loads(batch.document)).split('"'))
    assert json.loads(batch.resolver)["version"] == "2025.10"
    assert Extraction.objects.count() == 2
    left = default_storage.listdir(f"batches/{batch.pk.hex}")[1]
    assert left == [batch.items.get(position=1).pk.hex], "what was measured is kept as a picture alone"
    assert AuditLog.objects.filter(action="batch.created").count() == 1


def test_light_and_dark_screens_become_themes_and_what_they_disagree_about_is_named(alice: Any) -> None:
    dark = pictures.encoded(Image.new("RGB", (200, 200), "#101418"))
    pink = pictures.encoded(Image.new("RGB", (200, 200), "#ffe3e3"))
    batch = work(made(alice, pictures.page(), pink, dark))
    contexts = json.loads(batch.resolver)["modifiers"]["theme"]["contexts"]
    assert list(contexts) == ["light", "dark"]
    assert any(each["kind"] == "split-vote" for each in batch.conflicts)


def test_the_queue_holds_a_window_and_every_item_that_ends_lets_the_next_in(
    alice: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(batches, "WINDOW", 2)
    monkeypatch.setattr(dispatch, "send", lambda name, key: sent.append(key))
    with django_capture_on_commit_callbacks(execute=True):
        batch = made(alice, *[pictures.page()] * 4)
    assert (len(sent), states(batch)) == (2, {"queued": 2, "pending": 2})
    with django_capture_on_commit_callbacks(execute=True):
        BatchWorker().run(sent[0])
    assert (len(sent), states(batch)) == (3, {"done": 1, "queued": 2, "pending": 1})


def test_an_item_is_counted_once_however_often_it_is_run(alice: Any) -> None:
    batch = made(alice, pictures.page(), RED)
    first = batch.items.get(position=0)
    for _ in range(3):
        BatchWorker().run(first.pk)
    batch.refresh_from_db()
    assert (batch.done, Extraction.objects.count(), batch.version) == (1, 1, 2)


def test_a_worker_that_lost_its_lease_leaves_nothing_behind(alice: Any) -> None:
    batch = made(alice, pictures.page())
    key = batch.items.get().pk

    class Slow(ExtractionService):
        def measure(self, content: bytes, pixel_ratio: float | None, pointer: str) -> Any:
            BatchItem.objects.update(lease_until=timezone.now() - LONG_AGO)
            BatchWorker().run(key)  # another takes it over and is done first
            return ExtractionService().measure(content, pixel_ratio, pointer)

    BatchWorker(service=Slow()).run(key)
    batch.refresh_from_db()
    assert (batch.done, Extraction.objects.count(), batch.items.get().attempts) == (1, 1, 2)


def test_what_ends_every_worker_is_set_aside_and_the_rest_is_merged(alice: Any) -> None:
    batch = made(alice, pictures.page(), RED)
    poison = batch.items.get(position=0)
    for _ in range(3):
        assert BatchItem.objects.claim(poison.pk) is not None
        BatchItem.objects.filter(pk=poison.pk).update(lease_until=timezone.now() - LONG_AGO)
    assert list(BatchWorker().sweep()) == []
    batch = work(batch)
    assert (batch.state, batch.quarantined, batch.done) == (BatchState.DONE, 1, 1)


def test_the_sweeper_sends_again_what_was_lost(alice: Any) -> None:
    batch = made(alice, pictures.page())
    item = batch.items.get()
    assert list(BatchWorker().sweep()) == []
    BatchItem.objects.update(queued_at=timezone.now() - LONG_AGO)
    assert list(BatchWorker().sweep()) == [(dispatch.WORK_BATCH_ITEM, item.pk)]
    BatchWorker().run(item.pk)
    Batch.objects.update(changed_at=timezone.now() - LONG_AGO)
    assert list(BatchWorker().sweep()) == [(dispatch.MERGE_BATCH, batch.pk)]


def test_merging_that_ends_every_worker_fails_and_can_be_tried_again(alice: Any) -> None:
    batch = made(alice, pictures.page())
    BatchWorker().run(batch.items.get().pk)
    Batch.objects.update(attempts=3)
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.FAILED, "merge_failed")
    BatchService().retry(batch)
    assert work(batch).state == BatchState.DONE


def test_a_batch_is_cancelled_and_goes_on_where_it_stopped(alice: Any) -> None:
    batch = made(alice, pictures.page(), RED, pictures.BAD["svg"][0])
    BatchWorker().run(batch.items.get(position=0).pk)
    batch = BatchService().cancel(batch)
    assert (batch.state, batch.cancelled, batch.waiting) == (BatchState.CANCELLED, 2, 0)
    with pytest.raises(DomainError, match="cancelled"):
        BatchService().cancel(batch)
    batch = BatchService().retry(batch)
    assert (batch.state, batch.waiting) == (BatchState.RUNNING, 2)
    with pytest.raises(DomainError, match="running"):
        BatchService().retry(batch)
    batch = work(batch)
    assert (batch.state, batch.done, batch.failed, Extraction.objects.count()) == (BatchState.DONE, 2, 1, 2)


def test_when_nothing_can_be_measured_the_batch_fails(alice: Any) -> None:
    batch = work(made(alice, b"", pictures.BAD["svg"][0]))
    assert (batch.state, batch.error_code, batch.failed) == (BatchState.FAILED, "no_picture_measured", 2)


def test_a_storage_that_stays_away_is_named_and_not_called_poison(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = made(alice, pictures.page())

    def full(*args: Any, **more: Any) -> Any:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(UploadService, "keep", full)
    for _ in range(3):
        BatchWorker().run(batch.items.get().pk)
        BatchItem.objects.update(due_at=timezone.now())
    assert batch.items.get().error_code == "storage_unavailable"
    monkeypatch.undo()
    assert work(BatchService().retry(batch)).state == BatchState.DONE


@pytest.mark.parametrize(("error", "code"), [(errno.ENOSPC, "storage_full"), (errno.EIO, "storage_unavailable")])
def test_a_storage_that_takes_nothing_at_the_start_leaves_nothing_behind(
    alice: Any, monkeypatch: pytest.MonkeyPatch, error: int, code: str
) -> None:
    def away(*args: Any, **more: Any) -> str:
        raise OSError(error, "no")

    monkeypatch.setattr(FileSystemStorage, "save", away)
    with pytest.raises(DomainError) as refused:
        made(alice, pictures.page(), RED)
    assert refused.value.code == code
    assert not Batch.objects.exists()
    assert not AuditLog.objects.filter(action="batch.created").exists()


def test_kept_pictures_go_in_by_their_ids_and_only_ones_own(alice: Any, bob: Any) -> None:
    image, _ = UploadService().upload(alice, pictures.page(), "a.png")
    with pytest.raises(DomainError) as refused:
        BatchService().create(bob, Pictures(images=[image.pk]), OPTIONS)
    assert (refused.value.code, refused.value.errors[0].pointer) == ("image_not_found", "/images/0")
    batch = BatchService().create(alice, Pictures(images=[image.pk]), OPTIONS)
    assert work(batch).state == BatchState.DONE
    assert SourceImage.objects.count() == 1


def test_a_defect_of_ours_is_told_without_its_words(alice: Any) -> None:
    class Broken(ExtractionService):
        def measure(self, content: bytes, pixel_ratio: float | None, pointer: str) -> Any:
            raise ZeroDivisionError("secret detail")

    batch = made(alice, pictures.page())
    BatchWorker(service=Broken()).run(batch.items.get().pk)
    assert batch.items.get().error_code == "measuring_failed"
    assert "secret" not in batch.items.get().error_detail


def test_an_archive_is_unpacked_and_what_is_hostile_in_it_is_named(alice: Any) -> None:
    flat = pictures.encoded(Image.new("RGB", (2000, 2000)), "BMP")
    archive = zipped(
        {
            "screens/home.png": pictures.page(),
            "../../etc/passwd": pictures.page(),
            "..\\windows.png": pictures.page(),
            "/absolute.png": pictures.page(),
            "link.png": b"/etc/passwd",
            "inner.png": zipped({"a.png": pictures.page()}).getvalue(),
            "flat.bmp": flat,
            "evil\x1b[2J.png": pictures.page(),
            "__MACOSX/._home.png": b"x",
            ".DS_Store": b"x",
            "screens/cart.png": RED,
        },
        **{"link.png": stat.S_IFLNK | 0o777},
    )
    batch = BatchService().create(alice, Pictures(archive=archive), OPTIONS)
    assert batch.failed == 7
    batch = work(batch)
    told = {item.name: item.error_code for item in batch.items.all()}
    assert told == {
        "screens/home.png": "",
        "../../etc/passwd": "archive_path",
        "..\\windows.png": "archive_path",
        "/absolute.png": "archive_path",
        "link.png": "archive_not_a_file",
        "inner.png": "archive_nested",
        "flat.bmp": "archive_ratio",
        "evil\ufffd[2J.png": "archive_path",
        "screens/cart.png": "",
    }
    assert (batch.state, batch.done) == (BatchState.DONE, 2)


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        (b"no archive", {}, "archive_corrupt"),
        (zipped({"a.png": b"x"}).getvalue()[:-30], {}, "archive_corrupt"),
        (zipped({"a.png": b"x", "b.png": b"y"}).getvalue(), {"max_archive_entries": 1}, "archive_too_many_files"),
        (zipped({"a.png": b"x" * 99, "b.png": b"y" * 99}).getvalue(), {"max_archive_bytes": 150}, "archive_too_large"),
        (zipped({}).getvalue(), {}, "invalid"),
    ],
)
def test_a_bad_archive_is_refused_whole(alice: Any, content: bytes, limits: Any, code: str) -> None:
    service = BatchService(storage=StorageConfigService(**limits))
    with pytest.raises(DomainError) as refused:
        service.create(alice, Pictures(archive=io.BytesIO(content)), OPTIONS)
    assert refused.value.code == code
    assert not Batch.objects.exists()


def test_files_that_share_bytes_are_refused() -> None:
    raw = bytearray(zipped({"a.png": b"x" * 50, "b.png": b"y" * 50}).getvalue())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = bytes(4)  # the second file begins where the first does
    with pytest.raises(DomainError) as refused:
        list(ArchiveReader().read(io.BytesIO(bytes(raw))))
    assert refused.value.code == "archive_overlapping"


def test_more_pictures_than_a_batch_may_hold_are_refused(alice: Any) -> None:
    service = BatchService(storage=StorageConfigService(max_batch_items=1))
    with pytest.raises(DomainError, match="may hold 1"):
        service.create(alice, Pictures(archive=zipped({"a.png": pictures.page(), "b.png": RED})), OPTIONS)
