"""Pages of tables with millions of rows: nothing is counted to the end, and nobody leafs to the last page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db import connections

REACH = 10_000  # rows that pages lead to; whoever looks for older ones narrows the list


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when Django runs
    """Counts REACH rows at most, so that neither the count nor the offset of the last page grows with the table."""

    @property
    def count(self) -> int:
        return self._measured[0]

    @property
    def bounded(self) -> bool:
        """Whether there may be more rows than pages lead to."""
        return self.count >= REACH

    @property
    def estimate(self) -> int | None:
        """About how many rows the whole table has, as PostgreSQL last measured it; None where nobody measures."""
        return self._measured[1]

    @cached_property
    def _measured(self) -> tuple[int, int | None]:
        """Rows within reach and the estimate, in one query."""
        rows: Any = self.object_list
        within_reach = rows.order_by().values("pk")[:REACH]
        connection = connections[rows.db]
        if connection.vendor != "postgresql" or rows.query.is_empty():
            return int(within_reach.count()), None
        chosen, values = within_reach.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), (SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass)"  # noqa: S608
                f" FROM ({chosen}) AS within_reach",
                [rows.model._meta.db_table, *values],
            )
            count, estimate = cursor.fetchone()
        return count, estimate if estimate > 0 else None
