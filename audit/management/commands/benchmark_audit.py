"""Measures the trail on an empty PostgreSQL: writing against plain inserts, sealing, verifying, kills."""

from __future__ import annotations

import cProfile
import io
import pstats
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from audit.models import AuditLog
from audit.stored import verify_stored
from audit.trials import kill_rounds, throughput
from config.environments import Environment
from config.orchestrator import get_orchestrator


class Command(BaseCommand):
    help = "Run as: scripts/with-servers sh -c 'python manage.py migrate -v0 && python manage.py benchmark_audit'"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--writers", type=int, default=16)
        parser.add_argument("--entries", type=int, default=1000, help="of each writer")
        parser.add_argument("--kills", type=int, default=100, help="rounds of kill -9; 0 leaves them out")
        parser.add_argument("--profile", action="store_true", help="show where verification spends its time")

    def handle(self, *args: Any, writers: int, entries: int, kills: int, profile: bool, **options: Any) -> None:
        if get_orchestrator().environment is not Environment.DEVELOPMENT or connection.vendor != "postgresql":
            raise CommandError("this needs a PostgreSQL of the development environment: it fills the trail")
        if AuditLog.objects.exists():
            raise CommandError("this needs an empty trail: use scripts/with-servers")
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder) / "audit"
            self._writing(writers, entries, directory)
            self._verifying(profile)
            if kills:
                self._killing(kills, directory)

    def _writing(self, writers: int, entries: int, directory: Path) -> None:
        found = throughput(writers, entries, directory)
        self.stdout.write(f"plain inserts of the same row, {writers} writers: {found.plain:,.0f} a second")
        self.stdout.write(f"recorded entries beside the sealer:        {found.recorded:,.0f} a second")
        self.stdout.write(
            f"CPU of an entry in all processes: {found.plain_cpu:.0f} us plain, {found.recorded_cpu:.0f} us recorded"
        )
        self.stdout.write(
            f"ratio: {found.ratio:.0%}; everything sealed {found.sealed_after:.2f} s after the last commit"
        )

    def _verifying(self, profile: bool) -> None:
        recorder = cProfile.Profile()
        started, used = time.perf_counter(), time.process_time()
        verdict = verify_stored()
        seconds, used = time.perf_counter() - started, time.process_time() - used
        if verdict.finding:
            raise CommandError(f"the trail is broken: {verdict.finding.detail}")
        self.stdout.write(
            f"verified {verdict.entries} entries: {verdict.entries / seconds:,.0f} a second,"
            f" {verdict.entries / used:,.0f} a second of one core without waiting for the database"
        )
        if profile:
            recorder.runcall(verify_stored)
            table = io.StringIO()
            pstats.Stats(recorder, stream=table).sort_stats("tottime").print_stats(12)
            self.stdout.write(table.getvalue())

    def _killing(self, rounds: int, directory: Path) -> None:
        found = kill_rounds(rounds, directory)
        state = f"BROKEN: {found.finding.detail}" if found.finding else "the trail and its files verify"
        self.stdout.write(f"{rounds} rounds of kill -9: {found.acknowledged} acknowledged, {found.lost} lost, {state}")
        if found.finding or found.lost:
            raise CommandError("the trail did not survive")
