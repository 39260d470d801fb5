"""`manage.py benchmark_batches`: what batches withstand and how fast they are, on servers that it starts itself."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.services.model import PROJECT_ROOT
from designsystem.benchmarks import batch_events, batch_intake, batch_throughput, extract_request, killed_workers
from designsystem.benchmarks.measurement import Figures, Job
from designsystem.benchmarks.servers import Servers, ServersMissing

MEASURES: dict[str, Callable[[Job], Figures]] = {
    "kills": killed_workers.run,
    "throughput": batch_throughput.run,
    "events": batch_events.run,
    "extract": extract_request.run,
    "intake": batch_intake.run,
}
_NUMBERS = {
    "workers": (2, 1, "Celery workers"),
    "kills": (50, 0, "kills: workers killed with -9 on the way"),
    "redis_restarts": (2, 0, "kills: how often Redis dies, and the queue with it"),
    "postgres_restarts": (1, 0, "kills: how often PostgreSQL dies"),
    "seed": (1, 0, "of the chance that picks whom and when"),
}


class Command(BaseCommand):
    help = (
        "Measure batches with real workers on a PostgreSQL and a Redis that are started for it and thrown away. "
        "kills: workers and servers die, and every item is done exactly once. "
        "throughput: two workers beside one. events: how late server-sent events are. "
        "extract: POST extract beside the engine alone. intake: 100,000 pictures taken in, and the memory for it. "
        "Exit 1 when a demand was not met; the figures are printed all the same."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("measure", choices=tuple(MEASURES))
        parser.add_argument("--pictures", type=int, metavar="N", help="default: what the measure was made for")
        for name, (default, _, text) in _NUMBERS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, metavar="N", help=text)
        parser.add_argument("--servers", help=argparse.SUPPRESS)  # the process inside, which uses them

    def handle(self, *args: Any, measure: str, servers: str | None, **options: Any) -> None:
        pictures = options["pictures"]
        if (pictures is not None and pictures < 1) or any(
            options[name] < least for name, (_, least, _) in _NUMBERS.items()
        ):
            raise CommandError("--pictures and --workers are at least 1, no number is negative", returncode=2)
        with _told_to_end():
            if servers is not None:
                self._measure(measure, Servers(**json.loads(servers)), options)
                return
            try:
                with Servers.started() as started:
                    self._in_a_process_on(started, measure, options)
            except ServersMissing as error:
                raise CommandError(str(error), returncode=69) from None

    def _in_a_process_on(self, servers: Servers, measure: str, options: dict[str, Any]) -> None:
        """A process of its own, because this one was configured before the servers were there."""
        numbers = {name: options[name] for name in ("pictures", *_NUMBERS) if options[name] is not None}
        words = [f"--{name.replace('_', '-')}={number}" for name, number in numbers.items()]
        with subprocess.Popen(  # noqa: S603 - our own command and numbers
            [sys.executable, "manage.py", "benchmark_batches", measure, *words, "--servers", servers.as_json()],
            cwd=PROJECT_ROOT,
            env={"LOUPE_LOGGING_LEVEL": "ERROR", **os.environ, **servers.environment},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                self.stdout.write(process.communicate()[0])
            finally:
                process.terminate()  # so that it ends its own workers
        if process.returncode:
            raise CommandError(f"{measure}: a demand was not met, see above", returncode=process.returncode)

    def _measure(self, measure: str, servers: Servers, options: dict[str, Any]) -> None:
        call_command("migrate", verbosity=0)
        numbers = {name: options[name] for name in ("pictures", *_NUMBERS)}
        figures = MEASURES[measure](Job(servers=servers, tell=self.stderr.write, **numbers))
        self.stdout.write(json.dumps(figures.values, indent=2))
        for each in figures.broken:
            self.stderr.write(f"not met: {each}")
        if figures.broken:
            sys.exit(1)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM ends what was started too, as Ctrl-C does."""

    def end(*_: object) -> None:
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
