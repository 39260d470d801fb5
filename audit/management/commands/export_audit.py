"""Exports entries with their proofs: `manage.py export_audit FOLDER [--since T] [--until T] [--format F]`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actions import Action
from audit.export import FORMATS, export
from audit.logger import AuditLogger


class Command(BaseCommand):
    help = "Writes entries, checkpoints, public keys and the offline verifier into a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--since", type=_time, metavar="TIME", help="RFC 3339; from this time on")
        parser.add_argument("--until", type=_time, metavar="TIME", help="RFC 3339; before this time")
        parser.add_argument("--format", choices=FORMATS, default="ndjson", dest="form")

    def handle(
        self, *args: Any, folder: Path, since: datetime | None, until: datetime | None, form: str, **options: Any
    ) -> None:
        if since and until and until < since:
            raise CommandError("what is asked for ends before it begins: --until is before --since")
        try:
            done = export(folder, since=since, until=until, form=form)
        except OSError as error:
            raise CommandError(str(error)) from None
        AuditLogger().record(Action.AUDIT_EXPORTED, details={"format": form, "count": done.entries})
        self.stdout.write(f"{done.entries} entries under {done.checkpoints} checkpoints in {folder}")
        self.stdout.write(f"Check them anywhere: python {folder}/verify.py {folder}")


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not an RFC 3339 time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
