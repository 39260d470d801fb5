"""Cuts what is older than the retention allows: `manage.py purge_audit_trail [--days N]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.retention import cut


class Command(BaseCommand):
    help = "Deletes the sealed beginning of the trail that is older than LOUPE_AUDIT_RETENTION_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="keep this many days instead of the configured number")

    def handle(self, *args: Any, days: int | None, **options: Any) -> None:
        if days is not None and days < 1:
            raise CommandError("--days must be at least 1")
        self.stdout.write(f"{cut(days=days)} entries cut")
