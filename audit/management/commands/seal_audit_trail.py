"""Runs the sealer as a process of its own: `manage.py seal_audit_trail` (or `--once`, for a cron job)."""

from __future__ import annotations

import signal
import threading
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.sealing import Sealing


class Command(BaseCommand):
    help = "Seals what was recorded and writes the daily files, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="seal what waits now, then end")
        parser.add_argument(
            "--accept",
            nargs="+",
            type=uuid.UUID,
            default=[],
            metavar="ENTRY",
            help="seal these too, which verify_audit_chain says we did not record, and tell so in the trail; then end",
        )

    def handle(self, *args: Any, once: bool, accept: list[uuid.UUID], **options: Any) -> None:
        if accept:
            try:
                self.stdout.write(f"{Sealing().accept(accept)} entries accepted")
            except LookupError as error:
                raise CommandError(str(error)) from None
            return
        if once:
            failed = Sealing().once()
            if failed:
                raise CommandError(f"failed, see the log: {', '.join(failed)}")
            return
        stop = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: stop.set())
        Sealing().run(stop)
