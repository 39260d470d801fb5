"""Migrating takes as long as it takes, whatever a request's statement may."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection


@pytest.mark.django_db(transaction=True)
def test_no_statement_of_a_migration_is_cut_off_and_others_are_again(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: only PostgreSQL has a time limit of statements")

    def builds_an_index(*_: Any, **__: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            seen.append(cursor.fetchone()[0])

    seen: list[str] = []
    builds_an_index()
    monkeypatch.setattr(migrate.Command, "handle", builds_an_index)
    call_command("migrate", verbosity=0)
    builds_an_index()
    assert seen[0] != "0"
    assert seen[1:] == ["0", seen[0]]
