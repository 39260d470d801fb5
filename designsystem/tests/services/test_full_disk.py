"""A disk that is really full: a small file system in memory, where the machine lets us have one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from config.errors import DomainError
from designsystem.engine.exporters.dtcg import export
from designsystem.engine.extract import extract
from designsystem.models import Batch, BatchItem, BatchItemState, BatchState, Extraction, SourceImage
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db
SMALL = pictures.page()


def large(seed: int) -> bytes:
    """A page of about 300 kB, with a photograph in it."""
    pixels = np.full((400, 400, 3), 250, dtype=np.uint8)
    pixels[40:360, 40:360] = np.random.default_rng(seed).integers(0, 256, (320, 320, 3), dtype=np.uint8)
    return pictures.encoded(Image.fromarray(pixels))


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """The storage's folder, on a file system of one mebibyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("root or mount is missing: a small file system cannot be had")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"the right to mount is missing: {mounted.stderr.decode().strip()}")
    try:
        settings.MEDIA_ROOT = str(folder / "media")
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def made(owner: Any, *contents: bytes) -> Batch:
    uploads = [Upload(f"/pictures/{i}", f"{i}.png", partial(bytes, content)) for i, content in enumerate(contents)]
    return BatchService().create(owner, Pictures(uploads=uploads), Options(pixel_ratio=1.0))


def work(batch: Batch) -> Batch:
    for _ in range(3 * batch.total):
        BatchItem.objects.filter(state=BatchItemState.QUEUED).update(due_at=timezone.now())
        for key in batch.items.filter(state=BatchItemState.QUEUED).values_list("pk", flat=True):
            BatchWorker().run(key)
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    return batch


def files(disk: Path) -> dict[str, int]:
    """The size of every file."""
    return {str(each.relative_to(disk)): each.stat().st_size for each in disk.rglob("*") if each.is_file()}


def test_pictures_that_do_not_fit_are_named_and_the_others_are_done(
    alice: Any, disk: Path, django_capture_on_commit_callbacks: Any
) -> None:
    batch = made(alice, large(1), large(2), large(3), large(4), SMALL)
    errors = dict(batch.items.order_by("position").values_list("position", "error_code"))
    assert errors == {0: "", 1: "", 2: "", 3: "storage_full", 4: ""}
    assert len(files(disk)) == 4, "no half of the one that did not fit"
    with django_capture_on_commit_callbacks(execute=True):
        batch = work(batch)
    assert (batch.state, batch.done, batch.failed) == (BatchState.DONE, 4, 1), "what lies there needs no room twice"
    assert Extraction.objects.count() == 4
    stored = {f"media/{image.file.name}": image.size for image in SourceImage.objects.all()}
    assert files(disk) == stored
    with pytest.raises(DomainError, match="can be tried again"):
        BatchService().retry(batch)


def test_a_batch_that_has_no_room_at_all_is_refused(alice: Any, disk: Path) -> None:
    fill(disk)
    with pytest.raises(DomainError) as refused:
        made(alice, SMALL, large(1))
    assert refused.value.code == "storage_full"
    assert not Batch.objects.exists()
    assert set(files(disk)) == {"ballast"}


@pytest.mark.parametrize(("path", "field"), [("images", "picture"), ("extract", "pictures"), ("validate", "picture")])
def test_a_picture_by_itself_is_refused_with_the_reason(
    alice: Any, signed_in: Callable[[Any], APIClient], disk: Path, path: str, field: str
) -> None:
    fill(disk)
    sent: dict[str, Any] = {field: SimpleUploadedFile("a.png", SMALL)}
    if path == "validate":
        sent["tokens"] = export(extract(SMALL, pixel_ratio=1.0).token_set)
    answer = signed_in(alice).post(f"/api/design-system/{path}", sent, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
    assert answer["Retry-After"]
    assert not SourceImage.objects.exists()
    assert set(files(disk)) == {"ballast"}


def fill(disk: Path) -> None:
    """Until not one byte more fits."""
    with (disk / "ballast").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return
