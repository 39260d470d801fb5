"""Workers and servers are killed with -9 in the middle of a batch: nothing is lost, nothing done twice."""

from __future__ import annotations

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from designsystem.benchmarks.servers import Servers, ServersMissing


def test_killed_workers_and_a_killed_database_lose_nothing_and_do_nothing_twice() -> None:
    if "DATABASE_URL" in os.environ:
        pytest.skip("this run has servers already: the embedded one starts its own for this test")
    told = StringIO()
    try:
        call_command("benchmark_batches", "kills", pictures=30, kills=2, redis_restarts=0, stdout=told)
    except CommandError as error:
        if error.returncode == 69:
            pytest.skip(f"a server is missing: {error}")
        raise
    figures = json.loads(told.getvalue())
    assert (figures["done"], figures["workers_killed"], figures["postgresql_killed"]) == (30, 2, 1)
    assert figures["progress_went_back"] == 0
    assert set(figures["items_by_attempts"]) <= {"1", "2", "3"}


@pytest.mark.parametrize("options", [{"pictures": 0}, {"workers": 0}, {"kills": -1}])
def test_numbers_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("benchmark_batches", "kills", **options)


def test_a_server_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ServersMissing("redis-server is not installed")

    monkeypatch.setattr(Servers, "started", missing)
    with pytest.raises(CommandError, match="redis-server is not installed"):
        call_command("benchmark_batches", "kills")
