"""Pictures that came along with a batch lie in files of their own until they are measured."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from designsystem.models import Batch, BatchItem
from designsystem.models.batch import FOLDER

_SETTLED = timedelta(hours=1)  # a younger file may belong to a request that is not committed yet


def remove_files(batch: Batch) -> None:
    """Those of a batch that did not come to be, or is gone."""
    folder = f"{FOLDER}/{batch.pk.hex}"
    for name in _listed(folder, 1):
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def remove_orphans() -> int:
    """Delete the files whose item is gone with its owner or was never committed; how many that were."""
    removed = 0
    before = timezone.now() - _SETTLED
    for batch in _listed(FOLDER, 0):
        names = [f"{FOLDER}/{batch}/{file}" for file in _listed(f"{FOLDER}/{batch}", 1)]
        known = set(BatchItem.objects.filter(file__in=names).values_list("file", flat=True)) if names else set()
        for name in names:
            if name not in known and default_storage.get_modified_time(name) < before:
                default_storage.delete(name)
                removed += 1
    return removed


def _listed(folder: str, kind: int) -> list[str]:
    """The folders (0) or files (1) in `folder`; none when it is not there."""
    try:
        return sorted(default_storage.listdir(folder)[kind])
    except FileNotFoundError:
        return []
