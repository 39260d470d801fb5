"""Do the daily files say what the database says? Each file must be a sound trail of its own, and the same one, from
the first entry that retention left to the newest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit.chain import CheckpointBody, canonical, leaf_hash
from audit.files import DailyFiles
from audit.keys import TrailKeys
from audit.models import Checkpoint
from audit.verification import Break, Finding, SealedEntry, SignedCheckpoint, verify
from config.orchestrator import get_orchestrator


def verify_files(files: DailyFiles | None = None, keys: TrailKeys | None = None) -> Finding | None:
    """The first difference between the files and what was sealed; None when they agree."""
    files, keys = files or DailyFiles(), keys or TrailKeys()
    days = files.days()
    last: CheckpointBody | None = None
    previous_digest: str | None = "" if days and _begins_with_the_trail(days[0]) else None
    for path in days:
        try:
            finding, last = _file_break(path, keys, last)
            digest_path = path.with_suffix(".digest.json")
            if not finding and digest_path.exists():
                finding = _digest_break(path, digest_path, keys, previous_digest)
                previous_digest = hashlib.sha256(digest_path.read_bytes()).hexdigest()
            elif not finding and path != days[-1]:
                finding = Finding(Break.FILE, f"{path.name} is over and has no digest")
        except (ValueError, LookupError, TypeError, RecursionError):
            finding = Finding(Break.FILE, f"{path.name} cannot be read as a daily file")
        if finding:
            return finding
    return (_database_break(days[-1], last) if last else None) or _lag_break(files, last)


def _file_break(
    path: Path, keys: TrailKeys, start: CheckpointBody | None
) -> tuple[Finding | None, CheckpointBody | None]:
    """One file as a trail that goes on from `start`; the oldest file kept begins where retention cut, or before."""
    checkpoints = [signed for kind, signed in _records(path) if kind == "checkpoint"]
    if not checkpoints:
        return Finding(Break.FILE, f"{path.name} holds no checkpoint"), start
    entries: Iterator[SealedEntry] = (entry for kind, entry in _records(path) if kind == "entry")
    first = checkpoints[0]
    if start is None and first.body.number > 1:
        row = Checkpoint.objects.filter(number=first.body.number - 1).first()
        if row is None and not first.holds(keys):
            return Finding(Break.FILE, f"{path.name} begins with a checkpoint whose signature does not hold"), None
        if row is None:  # retention cut the database further than the files: nothing tells what its head was before
            start, checkpoints = first.body, checkpoints[1:]
            entries = (entry for entry in entries if entry.position > first.body.size)
        elif Checkpoint.objects.filter(number__lt=row.number).exists():
            return Finding(Break.FILE, f"the daily files before {path.name} are missing", checkpoint=row.number), None
        else:
            start = row.body()
    verdict = verify(entries, checkpoints, keys, start=start)
    if verdict.finding:
        return Finding(Break.FILE, f"{path.name}: {verdict.finding.detail}", verdict.finding.position), None
    return None, verdict.last


def _digest_break(path: Path, digest_path: Path, keys: TrailKeys, previous: str | None) -> Finding | None:
    """`previous` is the digest of the digest before; None when that went with what retention cut."""
    digest: dict[str, Any] = json.loads(digest_path.read_bytes())
    signature = _from_hex(digest.pop("signature"))
    said = json.dumps(digest, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if not keys.signature_holds(digest["key_id"], said, signature):
        return Finding(Break.FILE, f"{digest_path.name}: the signature does not hold")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if digest["sha256"] != sha256:
        return Finding(Break.FILE, f"{path.name} is not the file that was signed")
    if previous is not None and digest["previous"] != previous:
        return Finding(Break.FILE, f"{digest_path.name} does not follow the digest before it")
    return None


def _database_break(newest: Path, last: CheckpointBody) -> Finding | None:
    """The database must contain the last checkpoint of the files: else it was truncated or replaced."""
    row = Checkpoint.objects.filter(number=last.number).first()
    if row is None:
        detail = f"{newest.name} reaches checkpoint {last.number}, the database does not"
        return Finding(Break.TRUNCATED, detail, checkpoint=last.number)
    if row.body() != last:
        detail = f"checkpoint {last.number} of {newest.name} is another one than the database's"
        return Finding(Break.FORKED, detail, checkpoint=last.number)
    return None


def _lag_break(files: DailyFiles, last: CheckpointBody | None) -> Finding | None:
    """The files must reach what was sealed a while ago: else the newest were deleted, or nobody writes them."""
    patience = timedelta(seconds=get_orchestrator().audit_service.unsealed_alarm_seconds)
    missing = Checkpoint.objects.filter(number__gt=last.number if last else 0, time__lt=datetime.now(UTC) - patience)
    first = missing.order_by("number").first()
    if first is None:
        return None
    where = (
        f"the daily files end after checkpoint {last.number}"
        if last
        else f"there are no daily files in {files.directory}"
    )
    return Finding(Break.FILE, f"{where}, and {missing.count()} more were sealed", checkpoint=first.number)


def _begins_with_the_trail(path: Path) -> bool:
    try:
        numbers = (record.body.number for kind, record in _records(path) if kind == "checkpoint")
        return bool(next(numbers) == 1)
    except (ValueError, LookupError, TypeError, RecursionError, StopIteration):
        return False


def _from_hex(text: str) -> bytes:
    """ValueError for any spelling but the one that is written: a file with another one was touched."""
    read = bytes.fromhex(text)
    if read.hex() != text:
        raise ValueError(f"{text} is not written as we do")
    return read


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """The lines of a file as entries and checkpoints; a block that is still being written is left out."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            record = json.loads(line)
            if "checkpoint" in record:
                body = CheckpointBody(**record["checkpoint"])
                yield "checkpoint", SignedCheckpoint(body, _from_hex(record["signature"]))
            else:
                leaf = leaf_hash(canonical(record["entry"]))
                yield "entry", SealedEntry(record["position"], leaf, record["link"], record["chain_key"])
