"""An index of a large table is built while others write, and again when that was broken off."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from config.online_index import AddIndexOnline

INDEX = models.Index(fields=["status", "digest"], name="trial_of_an_online_index")
TABLE = "config_idempotentrequest"


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, TABLE))


@pytest.mark.django_db(transaction=True)
def test_it_is_built_beside_writers_also_a_second_time_and_taken_away_again() -> None:
    operation, before = AddIndexOnline("idempotentrequest", INDEX), ProjectState.from_apps(apps)
    after = before.clone()
    operation.state_forwards("config", after)
    with CaptureQueriesContext(connection) as queries, connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("config", editor, before, after)
        assert INDEX.name in indexes()
        if connection.vendor == "postgresql":  # as after a build that was broken off
            operation.database_forwards("config", editor, before, after)
            assert INDEX.name in indexes()
        operation.database_backwards("config", editor, after, before)
    assert INDEX.name not in indexes()
    built = [each["sql"] for each in queries if INDEX.name in each["sql"]]
    assert built
    assert connection.vendor != "postgresql" or all("CONCURRENTLY" in sql for sql in built)
