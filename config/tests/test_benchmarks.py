"""The benchmarks run and print their tables; what they measure is for a quiet machine to say."""

from __future__ import annotations

import contextlib
import io
import json

from django.core.management import CommandError, call_command


def test_the_start_up_benchmark_prints_every_part() -> None:
    out = io.StringIO()
    with contextlib.suppress(CommandError):  # over the budget: a busy machine is no failure here
        call_command("benchmark_configuration", "--runs", "1", stdout=out)
    rows = [line for line in out.getvalue().splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 5 + 1


def test_the_scan_benchmark_measures_one_engine_as_json() -> None:
    out = io.StringIO()
    call_command("benchmark_detect_secrets", "--only", "rules", stdout=out)
    assert {"precision", "recall", "seconds", "megabytes"} <= json.loads(out.getvalue()).keys()
