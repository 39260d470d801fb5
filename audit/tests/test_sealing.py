"""The server seals by itself, and catches up after it was away."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from audit.actions import Action
from audit.checkpoint_sinks import CheckpointSinks
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


def test_a_file_that_cannot_be_written_ends_neither_the_seals_nor_the_round(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    sealing = Sealing(files=DailyFiles(directory=tmp_path / "taken"))
    for count in (1, 2):
        AuditLogger().record(Action.LOGIN)
        assert sealing.once() == ["the daily files"]
        assert Seal.objects.count() == count


def test_a_step_that_fails_in_an_unforeseen_way_ends_no_other(tmp_path: Path) -> None:
    class Torn(DailyFiles):
        def catch_up(self) -> int:
            raise ValueError("tampered with")

    AuditLogger().record(Action.LOGIN)
    sent = tmp_path / "sent"
    sealing = Sealing(files=Torn(directory=tmp_path), sinks=CheckpointSinks(directory=sent))
    assert sealing.once() == ["the daily files"]
    assert len(list(sent.iterdir())) == 1


def test_the_command_for_a_cron_job_tells_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DailyFiles, "catch_up", Path.touch)
    with pytest.raises(CommandError, match="the daily files"):
        call_command("seal_audit_trail", "--once")


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
    for _ in range(2400):
        if not Unsealed.objects.exists():
            break
        time.sleep(0.05)
    stop.set()
    thread.join()
    assert Seal.objects.count() == 50
    assert sum(len(path.read_text().splitlines()) for path in files.days()) == 51
