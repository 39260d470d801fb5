"""Do the daily files say what the database says? Each file must be a sound trail of its own, and the same one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.chain import CheckpointBody, canonical, leaf_hash
from audit.files import DailyFiles
from audit.keys import TrailKeys
from audit.models import Checkpoint
from audit.verification import Break, Finding, SealedEntry, SignedCheckpoint, verify


def verify_files(files: DailyFiles | None = None, keys: TrailKeys | None = None) -> Finding | None:
    """The first difference between the files and what was sealed; None when they agree as far as they reach."""
    files, keys = files or DailyFiles(), keys or TrailKeys()
    days = files.days()
    if not days:
        return None
    start: CheckpointBody | None = None
    previous_digest = ""
    for path in days:
        try:
            finding, start = _file_break(path, keys, start)
            digest_path = path.with_suffix(".digest.json")
            if not finding and digest_path.exists():
                finding = _digest_break(path, digest_path, keys, previous_digest)
                previous_digest = hashlib.sha256(digest_path.read_bytes()).hexdigest()
            elif not finding and path != days[-1]:
                finding = Finding(Break.FILE, f"{path.name} is over and has no digest")
        except (ValueError, KeyError, TypeError):
            finding = Finding(Break.FILE, f"{path.name} cannot be read as a daily file")
        if finding:
            return finding
    return _database_break(days[-1], start)


def _file_break(
    path: Path, keys: TrailKeys, start: CheckpointBody | None
) -> tuple[Finding | None, CheckpointBody | None]:
    """One file as a trail that goes on from `start`; the oldest file kept may begin anywhere."""
    checkpoints = [signed for kind, signed in _records(path) if kind == "checkpoint"]
    if not checkpoints:
        return Finding(Break.FILE, f"{path.name} holds no checkpoint"), start
    first = checkpoints[0].body
    if start is None and first.number > 1:
        row = Checkpoint.objects.filter(number=first.number - 1).first()
        if row is None:
            return None, checkpoints[-1].body  # the database was cut further than the files
        start = row.body()
    entries = (entry for kind, entry in _records(path) if kind == "entry")
    verdict = verify(entries, checkpoints, keys, start=start)
    if verdict.finding:
        return Finding(Break.FILE, f"{path.name}: {verdict.finding.detail}", verdict.finding.position), None
    return None, verdict.last


def _digest_break(path: Path, digest_path: Path, keys: TrailKeys, previous: str) -> Finding | None:
    digest: dict[str, Any] = json.loads(digest_path.read_bytes())
    signature = bytes.fromhex(digest.pop("signature"))
    said = json.dumps(digest, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if not keys.signature_holds(digest["key_id"], said, signature):
        return Finding(Break.FILE, f"{digest_path.name}: the signature does not hold")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if digest["sha256"] != sha256:
        return Finding(Break.FILE, f"{path.name} is not the file that was signed")
    if digest["previous"] != previous:
        return Finding(Break.FILE, f"{digest_path.name} does not follow the digest before it")
    return None


def _database_break(newest: Path, last: CheckpointBody | None) -> Finding | None:
    """The database must contain the last checkpoint of the files: else it was truncated or replaced."""
    if last is None:
        return None
    row = Checkpoint.objects.filter(number=last.number).first()
    if row is None:
        detail = f"{newest.name} reaches checkpoint {last.number}, the database does not"
        return Finding(Break.TRUNCATED, detail, checkpoint=last.number)
    if row.body() != last:
        detail = f"checkpoint {last.number} of {newest.name} is another one than the database's"
        return Finding(Break.FORKED, detail, checkpoint=last.number)
    return None


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """The lines of a file as entries and checkpoints; a block that is still being written is left out."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            record = json.loads(line)
            if "checkpoint" in record:
                body = CheckpointBody(**record["checkpoint"])
                yield "checkpoint", SignedCheckpoint(body, bytes.fromhex(record["signature"]))
            else:
                leaf = leaf_hash(canonical(record["entry"]))
                yield "entry", SealedEntry(record["position"], leaf, record["link"], record["chain_key"])
