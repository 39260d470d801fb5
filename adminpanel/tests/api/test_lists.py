"""Lists over millions of rows: what each page reads is what it shows, wherever in the list it is."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from adminpanel.tests.conftest import SignedInAs
from audit.actions import Action
from audit.logger import AuditLogger


@pytest.mark.parametrize(
    ("path", "ordered_by", "index"),
    [("users", "created_at", "users_newest_first"), ("audit", "occurred_at", "audit_by_time")],
)
def test_a_page_begins_at_its_cursor_and_not_at_the_first_row(
    signed_in_as: SignedInAs, path: str, ordered_by: str, index: str
) -> None:
    owner = signed_in_as("owner")
    for number in range(3):
        User.objects.create_user(f"row-{number}@example.org")
        AuditLogger().record(Action.LOGOUT)
    first = owner.get(f"/api/admin/{path}?page_size=1").json()
    with CaptureQueriesContext(connection) as captured:
        owner.get(f"/api/admin/{path}", {"page_size": 1, "cursor": first["next"]})
    (sql,) = [each["sql"] for each in captured if "ORDER BY" in each["sql"] and f'"{ordered_by}" <= ' in each["sql"]]
    assert entered_by(index, sql)


def entered_by(index: str, sql: str) -> bool:
    """Whether the statement reads this index from a bound on, as it does where the rows are many."""
    explain = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[connection.vendor]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a handful of rows is read another way, or sorted
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"{explain} {sql.replace('%', '%%')}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    entered = {"postgresql": rf"{index} .*\n *Index Cond: ", "sqlite": rf"SEARCH .* USING INDEX {index} \("}
    return re.search(entered[connection.vendor], plan) is not None
