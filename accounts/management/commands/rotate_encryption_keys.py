"""Bring all encrypted values and blind indexes under the first key of the ring, online."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.key_rotation import KeyRotation, Progress
from config.errors import DomainError


class Command(BaseCommand):
    help = (
        "Re-encrypts and re-indexes everything under the first keys of LOUPE_SECURITY_ENCRYPTION_KEYS and "
        "LOUPE_SECURITY_BLIND_INDEX_KEYS. Safe beside a running service, and to start again after it was killed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows stand under which key")
        parser.add_argument("--page-size", type=int, default=500, metavar="ROWS", help="rows a transaction (500)")
        parser.add_argument("--pause", type=float, default=0, metavar="SECONDS", help="rest between transactions (0)")
        parser.add_argument(
            "--retire-index-key", metavar="ID", help="afterwards delete the blind indexes under this old key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["page_size"] < 1 or options["pause"] < 0:
            raise CommandError("--page-size must be at least 1 and --pause at least 0")
        rotation = KeyRotation(page_size=options["page_size"])
        unreadable = 0
        if not options["dry_run"]:
            report = self._reporter(options["pause"])
            unreadable = rotation.reencrypt(report)
            rotation.reindex(report)
            self._retire(rotation, options["retire_index_key"])
        self._print_counts(rotation)
        if unreadable:
            raise CommandError(f"{unreadable} rows cannot be opened with the keys of the ring; they were left alone")

    def _reporter(self, pause: float) -> Any:
        started = time.monotonic()

        def report(progress: Progress) -> None:
            rate = progress.done / max(time.monotonic() - started, 0.001)
            self.stderr.write(f"{progress.subject}: {progress.done} rows, {rate:.0f} a second")
            time.sleep(pause)

        return report

    def _retire(self, rotation: KeyRotation, key_id: str | None) -> None:
        if key_id is None:
            return
        try:
            gone = rotation.retire_index_key(key_id)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stderr.write(f"{gone} blind indexes under {key_id} deleted")

    def _print_counts(self, rotation: KeyRotation) -> None:
        counts = rotation.rows_per_key()
        for subject, per_key in sorted(counts.items()):
            told = ", ".join(f"{key_id} {rows}" for key_id, rows in sorted(per_key.items()))
            self.stdout.write(f"{subject}: {told or 'no rows'}")
        encryption = rotation.encryption
        for key_id in list(encryption.keys)[1:]:
            fields = [per_key[key_id] for subject, per_key in counts.items() if not subject.startswith("blind")]
            self.stdout.write(_advice("encryption", key_id, sum(fields)))
        for key_id in list(encryption.index_keys)[1:]:
            indexes = [per_key[key_id] for subject, per_key in counts.items() if subject.startswith("blind")]
            self.stdout.write(_advice("index", key_id, sum(indexes)))


def _advice(ring: str, key_id: str, rows: int) -> str:
    if rows:
        return f"{ring} key {key_id} must stay: {rows} rows need it"
    return f"{ring} key {key_id} may be taken out of the configuration: nothing is left under it"
