"""Every route stands in a table of who gets what, and the tables stand in docs/access.md."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from accounts.tests.api import test_access as accounts
from adminpanel.tests import test_page_access as pages
from adminpanel.tests.api import test_access as administration
from config.tests.api.test_routes import OPERATIONS
from designsystem.tests.api import test_access as design_systems

PAGE = Path(__file__).resolve().parents[3] / "docs" / "access.md"
TABLES = (accounts, design_systems, administration)
BEGIN = "<!-- written by config/tests/api/test_access.py: run it with WRITE_DOCS=1 -->\n"


def test_permission_matrix_covers_every_route() -> None:
    covered = {(table.PREFIX + route, method) for table in TABLES for method, route in table.TABLE}
    assert {(route, method) for route, method, _ in OPERATIONS} == covered


def test_the_page_shows_the_permission_matrix() -> None:
    text, _, _ = PAGE.read_text().partition(BEGIN)
    expected = text + BEGIN + "".join(_section(each.PREFIX, each.PERSONAS, each.TABLE) for each in (*TABLES, pages))
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(expected)
    assert PAGE.read_text() == expected, "docs/access.md is stale: run this test with WRITE_DOCS=1"


def _section(prefix: str, personas: Sequence[str], table: Mapping[tuple[str, str], Sequence[int]]) -> str:
    lines = [f"\n## /{prefix}", "| | " + " | ".join(each.replace("_", " ") for each in personas) + " |"]
    lines.append("|---|" + "---|" * len(personas))
    for (method, route), statuses in table.items():
        path = route.replace("<uuid:", "{").replace("<int:", "{").replace("<str:", "{").replace(">", "}")
        lines.append(f"| {method.upper()} {path} | " + " | ".join(map(str, statuses)) + " |")
    return "\n".join(lines) + "\n"
