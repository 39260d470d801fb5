"""Cuts what is older than the retention allows: `manage.py purge_audit_trail [--days N]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.retention import NotToBeCut, cut

_MOST_DAYS = 36_500


class Command(BaseCommand):
    help = "Deletes the sealed beginning of the trail, and the daily files, older than LOUPE_AUDIT_RETENTION_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="keep this many days instead of the configured number")

    def handle(self, *args: Any, days: int | None, **options: Any) -> None:
        if days is not None and not 1 <= days <= _MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {_MOST_DAYS}")
        try:
            self.stdout.write(f"{cut(days=days)} entries cut")
        except (NotToBeCut, OSError) as error:
            raise CommandError(str(error)) from None
