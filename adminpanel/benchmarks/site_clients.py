"""Clients of a site that keep to a schedule whatever the site does, so that a stall shows in every call it delays."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Ask = Callable[[http.client.HTTPConnection], int]


@dataclass(frozen=True, slots=True)
class Call:
    """`due` by the monotonic clock; `took` seconds from then on, which are more than from when it was sent; status 0
    when the connection broke.
    """

    due: float
    took: float
    status: int


@dataclass(slots=True)
class PacedClient:
    """Asks every so many seconds on a connection of its own, one call after the other."""

    name: str
    every: float
    connect: Callable[[], http.client.HTTPConnection]
    ask: Ask
    calls: list[Call] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        connection, due = self.connect(), time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            try:
                status = self.ask(connection)
            except (OSError, http.client.HTTPException):
                status, connection = 0, self.connect()
            self.calls.append(Call(due, time.monotonic() - due, status))
            due += self.every

    def figures(self, since: float, until: float) -> dict[str, float]:
        """Of the calls that were due in this time; milliseconds."""
        calls = [each for each in self.calls if since <= each.due < until]
        took = sorted(1000 * each.took for each in calls)
        if not took:
            return {"calls": 0}
        return {
            "calls": len(calls),
            "failures": sum(each.status != 200 for each in calls),
            "median": round(statistics.median(took), 1),
            "p95": round(took[round(0.95 * (len(took) - 1))], 1),
            "longest": round(took[-1], 1),
        }


@contextmanager
def at_work(clients: Sequence[PacedClient]) -> Iterator[None]:
    """Until the block ends."""
    stop = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stop,), daemon=True) for each in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
