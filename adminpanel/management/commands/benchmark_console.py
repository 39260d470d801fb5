"""`manage.py benchmark_console`: the console and /api/admin/ over many rows. It fills the database: give it its own."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from adminpanel.benchmarks import bulk_letters, bulk_suspension, pages
from adminpanel.benchmarks.many_rows import email, fill
from adminpanel.benchmarks.owner import browser_of, client_of, owner
from adminpanel.benchmarks.routes import Routes
from adminpanel.benchmarks.timing import HEADING, Question, timed
from adminpanel.models import BulkAct, BulkJob, BulkState
from adminpanel.services.analytics import roll_up
from adminpanel.services.bulk import BulkService
from config.orchestrator import get_orchestrator

MEASURES = ("pages", "routes", "analytics", "bulk", "letters")
_LIST_LIMIT, _SERIES_LIMIT = 100, 50  # ms at the median that are asked for


class Command(BaseCommand):
    help = (
        "Fills an empty PostgreSQL database, or takes one that it filled before, and measures over it: the pages "
        "of the console, the routes of /api/admin/, a year of analytics, a bulk suspension through a real server and "
        "a real worker while others use the site (needs REDIS_URL), and the bulk acts that write to everybody."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; default: all")
        parser.add_argument("--users", type=int, default=1_000_000)
        parser.add_argument("--entries", type=int, default=10_000_000, help="of the trail")
        parser.add_argument("--bulk", type=int, default=100_000, help="accounts of a bulk job")
        parser.add_argument("--runs", type=int, default=15, help="of each page (15)")
        parser.add_argument("--plans", action="store_true", help="print the plan of each answer's slowest query")

    def handle(self, *args: Any, measures: list[str], **options: Any) -> None:
        wanted = measures or MEASURES
        if unknown := set(wanted) - set(MEASURES):
            raise CommandError(f"There is no measure {', '.join(sorted(unknown))}.")
        if "bulk" in wanted and get_orchestrator().embedded:
            raise CommandError(
                "The bulk suspension needs a worker: scripts/with-servers gives it PostgreSQL and Redis."
            )
        self._filled(options["users"], options["entries"])
        someone = owner()
        self.stdout.write(f"load average {os.getloadavg()}; times in ms")
        if "pages" in wanted:
            self._report(pages.questions(browser_of(someone)), _LIST_LIMIT, options)
        if {"routes", "analytics"} & set(wanted):
            routes = Routes.of(client_of(someone), _bulk_job(someone, options["bulk"]))
            if "routes" in wanted:
                self._report(routes.lists(), _LIST_LIMIT, options)
            if "analytics" in wanted:
                self._report(routes.analytics(), _SERIES_LIMIT, options)
        if "bulk" in wanted:
            self.stdout.write(json.dumps(bulk_suspension.run(someone, options["bulk"]), indent=2))
        if "letters" in wanted:
            self.stdout.write(json.dumps(bulk_letters.run(someone, options["bulk"]), indent=2))

    def _filled(self, users: int, entries: int) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Needs PostgreSQL: scripts/with-servers gives one.")
        if User.objects.by_email(email(1)):
            while roll_up():  # as beat does it
                pass
            return
        if User.objects.exists():
            raise CommandError("Needs an empty database, or one that it filled before: scripts/with-servers gives one.")
        began = time.monotonic()
        fill(users, entries)
        self.stdout.write(f"{users:,} accounts and {entries:,} entries took {time.monotonic() - began:.0f} s to make")

    def _report(self, questions: Iterable[Question], limit: int, options: dict[str, Any]) -> None:
        self.stdout.write(HEADING)
        found = []
        for question in questions:
            found.append(timed(question, options["runs"]))
            self.stdout.write(found[-1].row())
        slow = ", ".join(each.name for each in found if each.median >= limit) or "none"
        self.stdout.write(f"at {limit} ms or more at the median: {slow}")
        for each in found if options["plans"] else ():
            self.stdout.write(f"\n{each.name}\n{each.plan()}")


def _bulk_job(someone: User, count: int) -> BulkJob:
    """A dry run over the `count` oldest accounts or so."""
    known = BulkJob.objects.filter(state=BulkState.PREVIEWED, actor=someone).first()
    if known is not None:
        return known
    until = User.objects.order_by("created_at")[count].created_at
    chosen = User.objects.filter(created_at__lt=until)
    return BulkService().prepare(someone, BulkAct.END_SESSIONS, "measuring lists of rows", chosen, ())
