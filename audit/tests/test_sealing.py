"""The server seals by itself, and catches up after it was away."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from django.db import connections

from audit.actions import Action
from audit.files import DailyFiles
from audit.logger import AuditLogger
from audit.models import Seal, Unsealed
from audit.sealing import Sealing
from config.serving import registered

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sealer_is_a_background_of_every_server() -> None:
    assert [(each.name, each.embedded_only) for each in registered() if each.name == "audit-sealer"] == [
        ("audit-sealer", False)
    ]


def test_what_waited_while_nobody_sealed_is_sealed_soon_and_written_to_the_files(tmp_path: Path) -> None:
    for number in range(50):
        AuditLogger().record(Action.LOGIN, details={"count": number})
    stop = threading.Event()
    files = DailyFiles(directory=tmp_path)

    def run() -> None:
        Sealing(files=files).run(stop)
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(200):
        if not Unsealed.objects.exists():
            break
        time.sleep(0.05)
    stop.set()
    thread.join()
    assert Seal.objects.count() == 50
    assert sum(len(path.read_text().splitlines()) for path in files.days()) == 51
