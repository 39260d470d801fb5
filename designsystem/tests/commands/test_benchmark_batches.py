"""Workers are killed with -9 in the middle of a batch, on PostgreSQL and Redis: nothing is lost, nothing done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from config.services.model import PROJECT_ROOT


def test_killed_workers_lose_nothing_and_do_nothing_twice() -> None:
    if "DATABASE_URL" in os.environ:
        pytest.skip("this run has servers already: the embedded one starts its own for this test")
    command = ["scripts/with-servers", sys.executable, "manage.py", "benchmark_batches", "--pictures", "40"]
    run = subprocess.run([*command, "--kills", "2"], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=280)
    if run.returncode == 69:
        pytest.skip(f"PostgreSQL or Redis is missing: {run.stderr.strip()}")
    assert run.returncode == 0, run.stderr[-3000:]
    figures = json.loads(run.stdout[run.stdout.index("{\n") :])
    assert (figures["done"], figures["extractions"], figures["lost"], figures["kills"]) == (40, 40, 0, 2)
    assert figures["progress_went_back"] == 0
    assert set(figures["items_by_attempts"]) <= {"1", "2", "3"}


@pytest.mark.parametrize("options", [{"pictures": 0}, {"workers": 0}, {"kills": -1}])
def test_numbers_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("benchmark_batches", **options)


def test_a_database_that_is_in_use_is_left_alone() -> None:
    if "DATABASE_URL" in os.environ:
        pytest.skip("this run has servers: the command would begin")
    with pytest.raises(CommandError, match="scripts/with-servers"):
        call_command("benchmark_batches")
