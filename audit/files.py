"""The trail outside the database: one NDJSON file a UTC day, written block by block as batches are sealed.

A block is the lines of a batch and, last, its checkpoint: one without its checkpoint was cut off by a kill or a full
disk and is written again. When a day is over, a signed digest of its file names the digest before it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from audit.canonical_rows import sealed_after
from audit.keys import TrailKeys
from audit.models import Checkpoint
from config.orchestrator import get_orchestrator

logger = structlog.get_logger("audit.files")

_CHECKPOINT = b'{"checkpoint":'


@dataclass(frozen=True, slots=True)
class DailyFiles:
    """Files under `directory`. Many processes may call; a lock on the folder lets one write at a time."""

    directory: Path = field(default_factory=lambda: get_orchestrator().audit_service.directory)
    keys: TrailKeys = field(default_factory=TrailKeys)

    def catch_up(self) -> int:
        """Write every sealed batch that is not in the files yet; how many. OSError when the disk refuses.

        What was written before the error stays, and the next call goes on from there.
        """
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = 0
        with self._locked():
            last = self._last_written()
            for checkpoint in Checkpoint.objects.filter(number__gt=last).order_by("number").iterator():
                path = self.path(f"{checkpoint.time:%Y-%m-%d}")
                self._append(path, checkpoint)
                written += 1
            self._sign_finished_days()
        return written

    def drop_before(self, number: int) -> int:
        """Delete the days that ended before checkpoint `number`, with their digests; how many."""
        if not self.directory.is_dir():
            return 0
        with self._locked():
            gone = [path for path in self.days()[:-1] if 0 < _last_block(path)[1] < number]
            for path in gone:
                path.with_suffix(".digest.json").unlink(missing_ok=True)
                path.unlink()
        return len(gone)

    def path(self, day: str) -> Path:
        return self.directory / f"{day}.ndjson"

    def days(self) -> list[Path]:
        """The daily files, oldest first."""
        return sorted(self.directory.glob("????-??-??.ndjson"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _last_written(self) -> int:
        """The number of the last whole block; what follows it in the newest file is cut off."""
        for path in reversed(self.days()):
            end, number = _last_block(path)
            if end != path.stat().st_size:
                logger.warning("audit_file_cut_back", file=path.name, bytes=path.stat().st_size - end)
                with path.open("rb+") as file:
                    file.truncate(end)
            if number:
                return number
        return 0

    def _append(self, path: Path, checkpoint: Checkpoint) -> None:
        block = b"".join(_lines(checkpoint))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            try:
                _write_whole(descriptor, block)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)

    def _sign_finished_days(self) -> None:
        """A digest for every day but the newest, in order."""
        previous = ""
        for path in self.days()[:-1]:
            digest_path = path.with_suffix(".digest.json")
            if not digest_path.exists():
                write_atomically(digest_path, self._digest(path, previous))
            previous = hashlib.sha256(digest_path.read_bytes()).hexdigest()

    def _digest(self, path: Path, previous: str) -> bytes:
        said = {
            "file": path.name,
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
            "last_checkpoint": _last_block(path)[1],
            "previous": previous,
            "key_id": self.keys.signing_key_id,
        }
        signature = self.keys.sign(compact(said)).hex()
        return compact({**said, "signature": signature}) + b"\n"


def _lines(checkpoint: Checkpoint) -> Iterator[bytes]:
    for position, content, link, chain_key in sealed_after(
        checkpoint.first - 1, checkpoint.size - checkpoint.first + 1
    ):
        seal = compact({"position": position, "link": link, "chain_key": chain_key})
        yield b'{"entry":%b,%b\n' % (content, seal[1:])
    yield compact({"checkpoint": asdict(checkpoint.body()), "signature": checkpoint.signature}) + b"\n"


def _last_block(path: Path) -> tuple[int, int]:
    """Where the last whole block of a file ends, and the number of its checkpoint (0, 0 when there is none).

    Reads backwards in pieces, so that a long day costs no more than a short one.
    """
    size = path.stat().st_size
    tail, start = b"", size
    with path.open("rb") as file:
        while start > 0:
            step = min(65_536, start)
            start -= step
            file.seek(start)
            tail = file.read(step) + tail
            found = _last_checkpoint_line(tail, whole=start == 0)
            if found:
                return start + found[0], found[1]
    return 0, 0


def _last_checkpoint_line(text: bytes, *, whole: bool) -> tuple[int, int] | None:
    """The end of the last complete checkpoint line in `text`, and its number."""
    end = text.rfind(b"\n") + 1
    while end > 0:
        begin = text.rfind(b"\n", 0, end - 1) + 1
        if begin == 0 and not whole:
            return None  # the line may begin before this piece
        number = _checkpoint_number(text[begin:end]) if text.startswith(_CHECKPOINT, begin) else None
        if number:
            return end, number
        end = begin
    return None


def _checkpoint_number(line: bytes) -> int | None:
    """None for what only begins like a checkpoint: a disk or a stranger wrote it."""
    try:
        return int(json.loads(line)["checkpoint"]["number"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _write_whole(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(path.suffix + ".part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")
