"""The table in docs/security-requirements.md is complete, and names only tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = (ROOT / "docs" / "security-requirements.md").read_text()

# how many requirements each section of ASVS 5.0 has
SECTIONS = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2,
    "8.1": 4, "8.2": 4, "8.3": 3, "8.4": 2,
    "9.1": 3, "9.2": 4,
    "14.1": 2, "14.2": 8, "14.3": 3,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 4,
}  # fmt: skip


def test_every_requirement_stands_in_the_table() -> None:
    expected = {f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)}
    assert expected <= set(_listed())


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    written = {
        name
        for path in ROOT.glob("*/tests/**/test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    }
    assert named
    assert named <= written, f"missing: {sorted(named - written)}"


def test_every_known_defect_of_others_has_a_test_that_keeps_it_out() -> None:
    _, _, section = TABLE.partition("## What went wrong elsewhere")
    rows = re.findall(r"^\| (?!what happened|---)(.*) \|$", section, re.M)
    assert len(rows) == 40
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []


def _listed() -> list[str]:
    found: list[str] = []
    for cell in re.findall(r"^\| (\d[^|]*) \|", TABLE, re.M):
        ids = re.findall(r"\d+\.\d+\.\d+", cell)
        if "–" in cell:
            section, first = ids[0].rsplit(".", 1)
            ids = [f"{section}.{number}" for number in range(int(first), int(ids[1].rsplit(".", 1)[1]) + 1)]
        found += ids
    return found
