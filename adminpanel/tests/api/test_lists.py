"""Lists over millions of rows: what each page reads is what it shows, wherever in the list it is."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

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


def test_a_list_takes_the_same_few_queries_whatever_its_page_size(
    signed_in_as: SignedInAs, second_owner_required: None
) -> None:
    owner = signed_in_as("owner")
    people = [User.objects.create_user(f"row-{number}@example.org") for number in range(12)]
    for person in people:
        AuditLogger().record(Action.LOGOUT)
        owner.post(f"/api/admin/users/{person.pk}/erase", {"reason": "ticket 4711"})  # waits for another
    body = {"act": "suspend", "reason": "ticket 4711", "users": [str(each.pk) for each in people]}
    job = owner.post("/api/admin/bulk", body).json()["id"]
    owner.get("/api/admin/audit")  # makes the key of the reader's personal data
    found = {}
    for path in ("users", "audit", f"bulk/{job}/rows", "approvals"):
        shown = [len(owner.get(f"/api/admin/{path}?page_size={size}").json()["results"]) for size in (2, 12)]
        assert shown == [2, 12], path
        found[path] = [_queries(owner, f"/api/admin/{path}?page_size={size}") for size in (2, 12)]
    found |= {path: [_queries(owner, f"/api/admin/{path}")] * 2 for path in ("roles", "roles/permissions")}
    assert all(few == many <= 8 for few, many in found.values()), found


def test_pages_of_a_bulk_job_go_through_its_accounts_once_each(signed_in_as: SignedInAs) -> None:
    owner = signed_in_as("owner")
    people = {str(User.objects.create_user(f"row-{number}@example.org").pk) for number in range(7)}
    job = owner.post("/api/admin/bulk", {"act": "suspend", "reason": "ticket 4711", "users": sorted(people)}).json()
    seen: list[str] = []
    query: dict[str, str] = {"page_size": "3"}
    while query.get("cursor", "") is not None:
        page = owner.get(f"/api/admin/bulk/{job['id']}/rows", query).json()
        seen += [each["user"] for each in page["results"]]
        query["cursor"] = page["next"]
    assert seen == sorted(people, reverse=True)


def _queries(client: APIClient, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


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
