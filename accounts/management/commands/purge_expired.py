"""Let everything go that is not to be kept any longer, and carry out the erasures that are due."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.retention import RetentionService


class Command(BaseCommand):
    help = "Applies every retention rule (docs/privacy.md). Runs hourly by itself; safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = RetentionService().purge()
        for what, count in counts.items():
            self.stdout.write(f"{what}: {'failed' if count is None else count}")
        failed = [what for what, count in counts.items() if count is None]
        if failed:
            raise CommandError(f"failed, see the log: {', '.join(failed)}")
