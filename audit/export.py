"""Entries for others: NDJSON, CSV and OCSF, each entry with the proof that it was sealed, checkable offline.

A signed manifest holds the export together: without it a line could be left out, or the CSV say something else.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Max, Min

from audit import offline_verifier
from audit.actions import Action, Outcome
from audit.canonical_rows import sealed_after
from audit.chain import inclusion_proof, leaf_hash
from audit.files import compact, sha256
from audit.keys import TrailKeys
from audit.models import SEALED_FIELDS, Checkpoint, Seal

FORMATS = ("ndjson", "csv", "ocsf")

# https://schema.ocsf.io/ class, activity; what has no class of its own is API Activity, Other
_OCSF: dict[str, tuple[int, int]] = {
    Action.LOGIN: (3002, 1),
    Action.LOGOUT: (3002, 2),
    Action.REAUTHENTICATION: (3002, 1),
    Action.FACTOR_USED: (3002, 99),
    Action.ACCOUNT_REGISTERED: (3001, 1),
    Action.ACCOUNT_REINSTATED: (3001, 2),
    Action.PASSWORD_CHANGED: (3001, 3),
    Action.PASSWORD_RESET: (3001, 4),
    Action.ACCOUNT_SUSPENDED: (3001, 5),
    Action.ACCOUNT_ERASED: (3001, 6),
    Action.ACCOUNT_LOCKED: (3001, 9),
    Action.FACTOR_ADDED: (3001, 10),
    Action.FACTOR_REMOVED: (3001, 11),
    Action.FACTORS_RESET: (3001, 11),
    Action.ROLE_ASSIGNED: (3005, 1),
    Action.ROLE_WITHDRAWN: (3005, 2),
}
_API_ACTIVITY = (6003, 99)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how one begins in a spreadsheet (OWASP CSV injection)
_STATUS = {Outcome.SUCCESS: 1, Outcome.REFUSED: 2, Outcome.FAILED: 2}
_SEVERITY = {Outcome.SUCCESS: 1, Outcome.REFUSED: 2, Outcome.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Exported:
    """How many entries under how many checkpoints went into `directory`."""

    directory: Path
    entries: int
    checkpoints: int


def export(
    directory: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    form: str = "ndjson",
    progress: Callable[[int], None] | None = None,
) -> Exported:
    """Write what happened from `since` to before `until` into a new folder, with proofs, keys and the verifier.

    ValueError for an unknown format, FileExistsError when the folder holds something.
    """
    if form not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    counted = [0, 0]
    with (
        (directory / "entries.ndjson").open("w") as proofs,
        (directory / "checkpoints.ndjson").open("w") as checkpoints,
        (directory / f"entries.{_SUFFIX[form]}").open("a", newline="") as readable,
    ):
        for checkpoint, proven in _batches(since, until):
            checkpoints.write(_line({**asdict(checkpoint.body()), "signature": checkpoint.signature}))
            counted[1] += 1
            for record in proven:
                proofs.write(_line(record))
                if form != "ndjson":
                    readable.write(_FORMATTER[form](record, first=counted[0] == 0))
                counted[0] += 1
            if progress:
                progress(counted[0])
    _write_manifest(directory, since, until, counted)
    (directory / "public_keys.json").write_text(_line(TrailKeys().public_keys_hex()))
    shutil.copy(offline_verifier.__file__, directory / "verify.py")
    return Exported(directory, counted[0], counted[1])


def _write_manifest(directory: Path, since: datetime | None, until: datetime | None, counted: list[int]) -> None:
    """What was asked, how much came, and the digest of each file, signed."""
    keys = TrailKeys()
    said = {
        "format": "loupe-audit-export-1",
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "entries": counted[0],
        "checkpoints": counted[1],
        "files": {path.name: sha256(path) for path in sorted(directory.iterdir())},
        "key_id": keys.signing_key_id,
    }
    (directory / "manifest.json").write_text(_line({**said, "signature": keys.sign(compact(said)).hex()}))


def _batches(since: datetime | None, until: datetime | None) -> Iterator[tuple[Checkpoint, list[dict[str, Any]]]]:
    """Each checkpoint that seals something wanted, with the wanted entries and their proofs."""
    inside = Seal.objects.all()
    if since is not None:
        inside = inside.filter(entry__occurred_at__gte=since)
    if until is not None:
        inside = inside.filter(entry__occurred_at__lt=until)
    ends = inside.aggregate(first=Min("position"), last=Max("position"))
    if ends["first"] is None:
        return
    concerned = Checkpoint.objects.filter(size__gte=ends["first"], first__lte=ends["last"])
    for checkpoint in concerned.order_by("number").iterator():
        rows = sealed_after(checkpoint.first - 1, checkpoint.size - checkpoint.first + 1)
        entries: list[list[Any]] = [json.loads(row.content) for row in rows]
        wanted = [index for index, entry in enumerate(entries) if _within(entry, since, until)]
        if not wanted:
            continue
        leaves = [leaf_hash(row.content) for row in rows]
        yield (
            checkpoint,
            [
                {
                    "position": checkpoint.first + index,
                    "checkpoint": checkpoint.number,
                    "entry": entries[index],
                    "proof": [[side, each.hex()] for side, each in inclusion_proof(leaves, index)],
                }
                for index in wanted
            ],
        )


def _within(entry: list[Any], since: datetime | None, until: datetime | None) -> bool:
    occurred_at = datetime.fromisoformat(entry[SEALED_FIELDS.index("occurred_at")])
    return (since is None or occurred_at >= since) and (until is None or occurred_at < until)


def _as_csv(record: dict[str, Any], *, first: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    if first:
        writer.writerow(["position", *SEALED_FIELDS])
    cells = [f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in record["entry"]]
    writer.writerow([record["position"], *cells])
    return out.getvalue()


def _as_ocsf(record: dict[str, Any], *, first: bool) -> str:
    values = dict(zip(SEALED_FIELDS, record["entry"], strict=True))
    class_uid, activity_id = _OCSF.get(values["action"], _API_ACTIVITY)
    event = {
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity_id,
        "type_uid": class_uid * 100 + activity_id,
        "activity_name": values["action"],
        "severity_id": _SEVERITY[Outcome(values["outcome"])],
        "status_id": _STATUS[Outcome(values["outcome"])],
        "time": int(datetime.fromisoformat(values["occurred_at"]).timestamp() * 1000),
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "Loupe", "vendor_name": "Loupe"},
            "uid": values["id"],
            "sequence": record["position"],
            "correlation_uid": values["request_id"],
        },
        "actor": {"user": {"uid": values["actor"]}, "session": {"uid": values["session"]}},
        "unmapped": {"target": values["target"], "method": values["method"], "details": json.loads(values["details"])},
    }
    return _line(event)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


_SUFFIX = {"ndjson": "ndjson", "csv": "csv", "ocsf": "ocsf.ndjson"}
_FORMATTER: dict[str, Callable[..., str]] = {"csv": _as_csv, "ocsf": _as_ocsf}
