"""The benchmark of the console fills a database of its own and measures every list; how fast is for a quiet machine."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from adminpanel.management.commands.benchmark_console import _LISTS


@pytest.mark.django_db(transaction=True)
def test_every_list_is_measured_with_its_plan() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: the benchmark needs PostgreSQL")
    out = io.StringIO()
    call_command("benchmark_console", "--users=200", "--entries=10500", "--runs=1", "--plans", stdout=out)
    told = out.getvalue()
    assert all(f"| {name} |" in told for name, _, _ in _LISTS)
    # how a handful of rows is read is the planner's affair, that there is a plan of every list is not
    assert told.count("Execution Time") == len(_LISTS)


def test_a_database_with_accounts_is_left_alone(alice: User) -> None:
    with pytest.raises(CommandError, match="empty database"):
        call_command("benchmark_console")
    assert User.objects.count() == 1
