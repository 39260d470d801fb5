"""Pages of tables with millions of rows: nothing is counted to the end, and nobody leafs to the last page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db import connections

REACH = 10_000  # rows that pages lead to; whoever looks for older ones narrows the list


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when Django runs
    """Counts REACH rows at most, so that neither the count nor the offset of the last page grows with the table."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:REACH].count())

    @property
    def bounded(self) -> bool:
        """Whether there may be more rows than pages lead to."""
        return self.count >= REACH

    def estimate(self) -> int | None:
        """About how many rows the whole table has, as PostgreSQL last measured it; None where nobody measures."""
        rows: Any = self.object_list
        connection = connections[rows.db]
        if connection.vendor != "postgresql":
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [rows.model._meta.db_table])
            found = cursor.fetchone()
        return int(found[0]) if found and found[0] > 0 else None
