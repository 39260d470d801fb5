"""Taking in a batch costs the memory of a chunk, however many pictures it has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.services.model import PROJECT_ROOT
from designsystem.services import batches

_PEAKS = """
import tracemalloc, django
django.setup()
from django.core.management import call_command
from accounts.models import User
from designsystem.models import BatchItem, BatchItemState
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.uploads import UploadService
from designsystem.tests import pictures
from designsystem.tests.services.test_batches import OPTIONS

call_command("migrate", verbosity=0)
owner = User.objects.create_user("alice@example.org")
image, _ = UploadService().upload(owner, pictures.page(), "a.png")
for count in (1, 2000, 8000):
    keys = [image.pk] * count
    tracemalloc.start()
    assert BatchService().create(owner, Pictures(images=keys), OPTIONS).total == count
    print(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
print(BatchItem.objects.filter(state=BatchItemState.QUEUED).count())
"""


def test_memory_does_not_grow_with_the_pictures_of_a_batch(tmp_path: Path) -> None:
    # in a process of its own: what other tests leave running allocates too
    scratch = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOUPE_DATABASE_SQLITE_PATH": str(tmp_path / "loupe.sqlite3"),
        "LOUPE_STORAGE_DATA_DIR": str(tmp_path),
        "LOUPE_LOGGING_LEVEL": "WARNING",
    }
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    run = subprocess.run(
        [sys.executable, "-c", _PEAKS],
        cwd=PROJECT_ROOT,
        env={**kept, **scratch},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    _, few, many, queued = (int(line) for line in run.stdout.split())
    assert many < 1.25 * few, "four times the rows would be four times the memory"
    assert queued == 1 + 2 * batches.WINDOW
