"""The benchmark of the console fills a database of its own and measures every list; how fast is for a quiet machine."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from adminpanel.api.users import STATES
from adminpanel.benchmarks.pages import LISTS
from adminpanel.services.series import DERIVED, SERIES
from audit.models import AuditLog


def needs_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: the benchmark needs PostgreSQL")


@pytest.mark.django_db(transaction=True)
def test_every_list_is_measured_with_its_plan() -> None:
    needs_postgresql()
    out = io.StringIO()
    call_command(
        "benchmark_console",
        *("pages", "routes", "analytics", "letters"),
        *("--users=200", "--entries=10500", "--bulk=30", "--runs=1", "--plans"),
        stdout=out,
    )
    told = out.getvalue()
    lists = [name for name, _, _ in LISTS] + [f"users, {state}" for state in STATES]
    lists += [f"analytics/{series}, a year of days" for series in (*SERIES, *DERIVED)]
    assert all(f"| {name} |" in told for name in lists)
    # how a handful of rows is read is the planner's affair, that there is a plan of every list is not
    assert told.count("Execution Time") == told.count("\n| ") - 3
    assert told.count('"accounts": 30') == told.count('"letters": 30') == told.count('"state": "done"') == 3
    assert AuditLog.objects.filter(seal__isnull=False).count() == 10500
    call_command("benchmark_console", "pages", "--runs=1", stdout=out)  # and once more over the same rows
    assert User.objects.by_email("person.200@benchmark.invalid")


def test_a_database_with_accounts_of_others_is_left_alone(alice: User) -> None:
    needs_postgresql()
    with pytest.raises(CommandError, match="empty database"):
        call_command("benchmark_console", "pages")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_what_it_cannot_measure_is_said_before_anything_is_filled() -> None:
    with pytest.raises(CommandError, match="no measure lists"):
        call_command("benchmark_console", "lists")
    assert not User.objects.exists()
