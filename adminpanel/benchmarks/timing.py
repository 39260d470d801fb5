"""How long an answer takes through the whole of the stack, and the statement of it that took longest, with its plan."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, reset_queries

from config.rate_limits import get_rate_limiter

HEADING = "| list | median | p95 | of the processor | queries | slowest query |\n|---|---|---|---|---|---|"


class NotAnswered(Exception):
    """The answer was not what was asked for; the message tells which."""


@dataclass(frozen=True, slots=True)
class Question:
    """`ask` gives the answer, as Django's test client does."""

    name: str
    ask: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Timed:
    """Times in milliseconds; `sql` is the statement that `slowest` is of. `cpu` is what this process used, which unlike
    the rest a busy machine does not change much.
    """

    name: str
    median: float
    p95: float
    cpu: float
    queries: int
    slowest: float
    sql: str

    def row(self) -> str:
        times = f"{self.median:.0f} | {self.p95:.0f} | {self.cpu:.0f}"
        return f"| {self.name} | {times} | {self.queries} | {self.slowest:.0f} |"

    def plan(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + self.sql.replace("%", "%%"))
            return "\n".join(str(row[0]) for row in cursor.fetchall())


def timed(question: Question, runs: int) -> Timed:
    """Asked `runs` times, and once more for its statements."""
    get_rate_limiter().reset()
    used = time.process_time()
    took = sorted(_times(question, runs))
    used = time.process_time() - used
    statements = _statements(question)
    read = [each for each in statements if each["sql"].lstrip().upper().startswith("SELECT")]
    slowest = max(read, key=lambda each: float(each["time"]))
    return Timed(
        question.name,
        statistics.median(took),
        took[round(0.95 * (len(took) - 1))],
        1000 * used / runs,
        len(statements),
        1000 * float(slowest["time"]),
        slowest["sql"],
    )


def _times(question: Question, runs: int) -> Iterator[float]:
    for _ in range(runs):
        started = time.perf_counter()
        status = question.ask().status_code
        if status != 200:
            raise NotAnswered(f"{question.name}: {status}")
        yield (time.perf_counter() - started) * 1000


def _statements(question: Question) -> list[dict[str, Any]]:
    reset_queries()
    connection.force_debug_cursor = True
    try:
        question.ask()
        return list(connection.queries)
    finally:
        connection.force_debug_cursor = False
