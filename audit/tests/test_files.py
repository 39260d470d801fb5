"""The daily files say what the database says, whatever happens while they are written."""

from __future__ import annotations

import json
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections

from audit.actions import Action
from audit.file_verification import verify_files
from audit.files import DailyFiles
from audit.logger import AuditLogger
from audit.retention import cut
from audit.sealer import Sealer
from audit.verification import Break

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
_UNSIGNED = json.dumps(
    dict.fromkeys(("number", "first", "size", "root", "head", "time", "previous"), 1)
    | {"key_id": [], "signature": "00"}
)


@pytest.fixture
def files(tmp_path: Path) -> DailyFiles:
    return DailyFiles(directory=tmp_path / "audit")


def seal_some(batches: int = 2) -> None:
    for _ in range(batches):
        for number in range(3):
            AuditLogger().record(Action.LOGIN, details={"count": number})
        Sealer().seal()


def three_days(files: DailyFiles) -> None:
    for day in (23, 24, 25):
        with time_machine.travel(datetime(2026, 11, day, 12, tzinfo=UTC)):
            seal_some()
            files.catch_up()


def test_each_day_has_a_file_and_each_finished_day_a_signed_digest(files: DailyFiles) -> None:
    three_days(files)
    assert [path.name for path in files.days()] == ["2026-11-23.ndjson", "2026-11-24.ndjson", "2026-11-25.ndjson"]
    digests = sorted(path.name for path in files.directory.glob("*.digest.json"))
    assert digests == ["2026-11-23.digest.json", "2026-11-24.digest.json"]
    assert verify_files(files) is None
    assert files.catch_up() == 0


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-24", "2026-11-25"])
def test_a_changed_byte_in_any_file_is_found(files: DailyFiles, day: str) -> None:
    three_days(files)
    path = files.path(day)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"system"', b'"nobody"', 1))
    finding = verify_files(files)
    assert finding is not None
    assert finding.kind == Break.FILE
    assert day in finding.detail


def test_a_missing_day_is_found(files: DailyFiles) -> None:
    three_days(files)
    files.path("2026-11-24").unlink()
    finding = verify_files(files)
    assert finding is not None
    assert finding.kind == Break.FILE


@pytest.mark.parametrize(
    "gone", [("2026-11-23",), ("2026-11-25",), ("2026-11-23", "2026-11-24", "2026-11-25")], ids=len
)
def test_days_that_are_gone_at_either_end_are_found(files: DailyFiles, gone: tuple[str, ...]) -> None:
    three_days(files)
    for day in gone:
        files.path(day).unlink()
        files.path(day).with_suffix(".digest.json").unlink(missing_ok=True)
    finding = verify_files(files)
    assert finding is not None
    assert finding.kind == Break.FILE
    assert files.catch_up() == (2 if gone == ("2026-11-25",) else 6 if len(gone) == 3 else 0)


def test_the_newest_file_cut_exactly_at_a_checkpoint_is_found(files: DailyFiles) -> None:
    three_days(files)
    path = files.path("2026-11-25")
    first_block = path.read_bytes().splitlines(keepends=True)[:4]
    assert first_block[-1].startswith(b'{"checkpoint"')
    path.write_bytes(b"".join(first_block))
    finding = verify_files(files)
    assert finding is not None
    assert (finding.kind, finding.checkpoint) == (Break.FILE, 6)


def test_what_was_sealed_a_moment_ago_may_be_missing_in_the_files(files: DailyFiles) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False) as clock:
        seal_some()
        assert verify_files(files) is None
        clock.shift(6)
        assert verify_files(files) is not None
        files.catch_up()
        assert verify_files(files) is None


def test_retention_takes_the_days_of_which_nothing_is_kept(files: DailyFiles) -> None:
    three_days(files)
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False):
        assert cut(now=datetime(2027, 12, 30, 12, tzinfo=UTC), days=400, files=files) == 12
        assert [path.name for path in files.days()] == ["2026-11-24.ndjson", "2026-11-25.ndjson"]
        assert len(list(files.directory.glob("*.digest.json"))) == 1
        seal_some(1)
        files.catch_up()
        assert verify_files(files) is None
        content = files.days()[0].read_bytes()
        files.days()[0].write_bytes(content.replace(b'"system"', b'"nobody"', 4))
        assert verify_files(files) is not None
        files.days()[0].write_bytes(content)
        files.days()[1].unlink()
        assert verify_files(files) is not None


@pytest.mark.parametrize(
    "line",
    [b'{"checkpoint":7}', b'{"checkpoint":{"number":null}}', b'{"checkpoint":' + b"[" * 50_000, b"[]", b"\0" * 99],
)
def test_what_a_stranger_appends_is_found_and_does_not_stop_the_files(files: DailyFiles, line: bytes) -> None:
    seal_some(1)
    files.catch_up()
    path = files.days()[0]
    whole = path.read_bytes()
    path.write_bytes(whole + line + b"\n")
    finding = verify_files(files)
    assert finding is not None
    assert finding.kind == Break.FILE
    files.catch_up()
    assert path.read_bytes() == whole


def test_a_database_of_yesterday_under_the_files_of_today_is_found_whatever_is_sealed_next(files: DailyFiles) -> None:
    from audit.tests.test_verification import removal, tamper

    three_days(files)
    tamper(*removal("position > 6"), "DELETE FROM audit_checkpoint WHERE number > 2")
    found = verify_files(files)
    assert found is not None
    assert found.kind == Break.TRUNCATED
    for kind in (Break.TRUNCATED, Break.FORKED, Break.FILE):  # the database grows to where the files are, and past them
        found = verify_files(files)
        assert found is not None
        assert found.kind == kind
        seal_some(2 if kind == Break.FORKED else 4)
        files.catch_up()


def test_a_database_that_was_cut_after_the_files_were_written_is_found(files: DailyFiles) -> None:
    from audit.tests.test_verification import removal, tamper

    seal_some()
    files.catch_up()
    tamper(*removal("position > 3"), "DELETE FROM audit_checkpoint WHERE number > 1")
    finding = verify_files(files)
    assert finding is not None
    assert finding.kind == Break.TRUNCATED


@pytest.mark.parametrize("kept", [0, 1, 200, -1, -200])
def test_a_block_that_a_kill_cut_off_is_written_again(files: DailyFiles, kept: int) -> None:
    seal_some(1)
    files.catch_up()
    path = files.days()[0]
    whole = path.read_bytes()
    seal_some(1)
    files.catch_up()
    both = path.read_bytes()
    block = both[len(whole) :]
    path.write_bytes(whole + block[:kept])
    files.catch_up()
    assert path.read_bytes() == both
    assert verify_files(files) is None


def test_a_full_disk_leaves_whole_blocks_and_the_next_round_goes_on(files: DailyFiles) -> None:
    seal_some(1)
    files.catch_up()
    before = files.days()[0].read_bytes()
    seal_some(1)
    with _disk_of(len(before) + 100), pytest.raises(OSError, match="too large"):
        files.catch_up()
    assert files.days()[0].read_bytes() == before
    assert files.catch_up() == 1
    assert verify_files(files) is None


@pytest.mark.django_db(transaction=True)
def test_many_writers_of_files_write_each_block_once(files: DailyFiles) -> None:
    seal_some(10)

    def write() -> None:
        try:
            files.catch_up()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    numbers = [
        json.loads(line)["checkpoint"]["number"]
        for path in files.days()
        for line in path.read_text().splitlines()
        if line.startswith('{"checkpoint"')
    ]
    assert numbers == list(range(1, 11))


def test_the_command_tells_sound_broken_and_impossible_apart(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from audit.tests.test_verification import entries, tamper

    seal_some()

    def outcome(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            call_command("verify_audit_chain", "--no-files", "--json", *arguments)
        return ended.value.code, json.loads(capsys.readouterr().out)["verdict"]

    assert outcome() == (0, "sound")
    assert outcome("--since", "77") == (2, "not verified")
    assert outcome("--against", str(tmp_path / "nothing.json")) == (2, "not verified")
    for said in ("[" * 100_000, "[]", "5", "null", '{"signature": 5}', '{"signature": "00", "number": 1}', _UNSIGNED):
        (tmp_path / "anchor.json").write_text(said)
        assert outcome("--against", str(tmp_path / "anchor.json")) == (2, "not verified")
    tamper(f"UPDATE audit_auditlog SET actor = 'x' WHERE {entries('position = 2')}")
    assert outcome() == (1, "broken")


@contextmanager
def _disk_of(size: int) -> Iterator[None]:
    """No file may grow past `size` bytes: the kernel refuses the write, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
