"""`manage.py benchmark_configuration`: what the configuration adds to the start of a process that has Django."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.services.model import PROJECT_ROOT

_BUDGET_MS = 150
# Django's own part is loaded first; processor time, because a busy machine is not the configuration's fault
_PROGRAM = """
import json, time
import django.apps, django.conf, django.core.checks, django.core.management, django.db.models, django.http
marks = [time.process_time()]
import pydantic
from pydantic import BaseModel, Field, SecretStr
marks.append(time.process_time())
from config.orchestrator import ConfigServiceOrchestrator
marks.append(time.process_time())
orchestrator = ConfigServiceOrchestrator.load()
marks.append(time.process_time())
orchestrator.report()
marks.append(time.process_time())
orchestrator.django_settings()
marks.append(time.process_time())
print(json.dumps([(after - before) * 1000 for before, after in zip(marks, marks[1:])]))
"""
_PARTS = ("import of pydantic", "our services", "reading the sources", "judging", "Django settings")


class Command(BaseCommand):
    help = f"Start-up cost of the whole configuration. Exit 1 when the best run takes over {_BUDGET_MS} ms."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=11, help="processes to start (default: 11)")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = [_run() for _ in range(max(1, options["runs"]))]
        self.stdout.write(f"{len(runs)} new processes, processor time in ms\n| part | best | median |\n|---|---|---|")
        for part, times in zip(_PARTS, zip(*runs, strict=True), strict=True):
            self.stdout.write(f"| {part} | {min(times):.1f} | {statistics.median(times):.1f} |")
        totals = [sum(run) for run in runs]
        self.stdout.write(f"| whole | {min(totals):.1f} | {statistics.median(totals):.1f} |")
        if min(totals) > _BUDGET_MS:
            raise CommandError(f"over the budget of {_BUDGET_MS} ms")


def _run() -> list[float]:
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    times: list[float] = json.loads(done.stdout)
    return times
