"""A few rounds of what `manage.py benchmark_audit` does a hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from audit.trials import kill_rounds

pytestmark = pytest.mark.django_db(transaction=True)


def test_kills_at_random_points_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("killing writers needs PostgreSQL: run with scripts/with-servers")
    found = kill_rounds(8, tmp_path / "audit", seed=1)
    assert found.acknowledged > 0
    assert (found.lost, found.finding) == (0, None)
