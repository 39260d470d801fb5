"""Proves the trail: exit 0 sound, 1 broken, 2 could not verify."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from audit.chain import CheckpointBody
from audit.file_verification import verify_files
from audit.keys import TrailKeys
from audit.stored import verify_stored
from audit.verification import SignedCheckpoint, Verdict


class Command(BaseCommand):
    help = "Verifies every entry, link, checkpoint and daily file, and names the first break."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=int, metavar="CHECKPOINT", help="only what follows this checkpoint")
        parser.add_argument("--against", type=Path, metavar="FILE", help="a checkpoint that was kept elsewhere (JSON)")
        parser.add_argument(
            "--no-files", action="store_true", help="leave the daily files out, where they are kept elsewhere"
        )
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(
        self, *args: Any, since: int | None, against: Path | None, no_files: bool, json: bool, **options: Any
    ) -> None:
        started = time.perf_counter()
        try:
            verdict = verify_stored(since=since, anchor=_anchor(against), progress=self._progress())
            if verdict.finding is None and not no_files:
                verdict = Verdict(verdict.entries, verdict.checkpoints, verify_files(), verdict.last)
        except (LookupError, ValueError, OSError, DatabaseError) as error:
            self._say(json, {"verdict": "not verified", "detail": _plain(error)}, f"Could not verify: {_plain(error)}")
            sys.exit(2)
        self._report(json, verdict, time.perf_counter() - started)
        sys.exit(1 if verdict.finding else 0)

    def _report(self, as_json: bool, verdict: Verdict, seconds: float) -> None:
        facts = {
            "verdict": "broken" if verdict.finding else "sound",
            "entries": verdict.entries,
            "checkpoints": verdict.checkpoints,
            "seconds": round(seconds, 3),
            "break": asdict(verdict.finding) if verdict.finding else None,
            "last_checkpoint": asdict(verdict.last) if verdict.last else None,
        }
        counted = f"{verdict.entries} entries under {verdict.checkpoints} checkpoints in {seconds:.1f} s"
        finding = verdict.finding
        text = f"BROKEN ({finding.kind}): {finding.detail}. {counted}" if finding else f"Sound: {counted}."
        self._say(as_json, facts, text)

    def _say(self, as_json: bool, facts: dict[str, Any], text: str) -> None:
        self.stdout.write(json.dumps(facts, indent=2) if as_json else text)

    def _progress(self) -> Any:
        if not sys.stderr.isatty():
            return None
        return lambda entries: self.stderr.write(f"\r{entries} entries ", ending="")


def _anchor(path: Path | None) -> CheckpointBody | None:
    """The checkpoint in `path`; ValueError when it is none or was not signed by us."""
    if path is None:
        return None
    try:
        said = json.loads(path.read_bytes())
        signature = bytes.fromhex(said.pop("signature"))
        body = CheckpointBody(**said)
        signed = SignedCheckpoint(body, signature).holds(TrailKeys())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path} is not the file of a checkpoint") from None
    if not signed:
        raise ValueError(f"{path} is not signed by a key that is configured here")
    return body


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
