"""`manage.py benchmark_batches`: a batch on real servers whose workers are killed with -9 at random."""

from __future__ import annotations

import json
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from config.orchestrator import get_orchestrator
from designsystem.benchmarks.killed_workers import NotDone, run


class Command(BaseCommand):
    help = (
        "Measure a batch with workers in processes of their own, kill some, and check that every item is done exactly "
        "once. Needs a throw-away database: scripts/with-servers python manage.py benchmark_batches"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pictures", type=int, default=1000, metavar="N")
        parser.add_argument("--workers", type=int, default=2, metavar="N")
        parser.add_argument("--kills", type=int, default=50, metavar="N", help="workers killed on the way")
        parser.add_argument("--seed", type=int, default=1, help="of the chance that picks whom and when")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pictures"] < 1 or options["workers"] < 1 or options["kills"] < 0:
            raise CommandError("--pictures and --workers are at least 1, --kills is not negative", returncode=2)
        if get_orchestrator().embedded:
            raise CommandError("without a broker there are no workers to kill: run it by scripts/with-servers")
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise CommandError("this database has users: run it by scripts/with-servers")
        try:
            figures = run(options["pictures"], options["workers"], options["kills"], options["seed"], self.stderr.write)
        except NotDone as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(figures, indent=2))
        right = figures["lost"] == 0 and figures["extractions"] == options["pictures"]
        if not right or figures["progress_went_back"] or figures["state"] != "done":
            raise CommandError("an item was lost or done twice, or progress went back")
