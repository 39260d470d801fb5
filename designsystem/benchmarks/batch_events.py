"""How far server-sent events are behind the row that they tell of, while workers have the machine."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from designsystem.benchmarks.celery_processes import CeleryProcesses
from designsystem.benchmarks.measurement import Figures, Job, batch_of, owner_of_all, page
from designsystem.benchmarks.web_server import WebServer
from designsystem.models import Batch, BatchState

PICTURES = 200
DEMANDED = 1.0  # seconds, for 95 of 100 updates
_STREAMS = 5
_LOOK = 0.02  # seconds: how exactly the row's own time is known


@dataclass(slots=True)
class _Stream:
    """One client that stays connected; when it heard of which version, by the monotonic clock."""

    server: WebServer
    batch: Batch
    heard: list[tuple[float, int]] = field(default_factory=list)

    def listen(self) -> None:
        connection = self.server.connect()
        headers = {**self.server.headers, "Accept": "text/event-stream"}
        connection.request("GET", f"/api/design-system/batches/{self.batch.pk}/events", headers=headers)
        for line in connection.getresponse():
            if line.startswith(b"id:"):
                self.heard.append((time.monotonic(), int(line[3:])))
        connection.close()

    def behind(self, version: int, since: float) -> float:
        """Seconds until this client knew a state that is no older; every event is the whole state."""
        return next(at for at, heard in self.heard if heard >= version) - since


def run(job: Job) -> Figures:
    owner = owner_of_all()
    with WebServer.started(owner) as server, CeleryProcesses.started(job.workers, job.servers.folder, {}):
        batch = batch_of(owner, page, 0, job.pictures or PICTURES)
        streams = [_Stream(server, batch) for _ in range(_STREAMS)]
        threads = [threading.Thread(target=each.listen, daemon=True) for each in streams]
        for thread in threads:
            thread.start()
        seen = _watch(batch)
        for thread in threads:
            thread.join(30)
    lags = sorted(each.behind(version, at) for each in streams for version, at in seen.items())
    late = lags[len(lags) * 95 // 100]
    values = {
        "pictures": job.pictures or PICTURES,
        "streams": _STREAMS,
        "updates": len(seen),
        "median_seconds_behind": round(lags[len(lags) // 2], 3),
        "95th_percentile_seconds_behind": round(late, 3),
        "most_seconds_behind": round(lags[-1], 3),
    }
    return Figures(
        values, (f"95 of 100 updates came within {late:.2f} s, not {DEMANDED} s",) if late > DEMANDED else ()
    )


def _watch(batch: Batch) -> dict[int, float]:
    """When which version was first seen in the row, until the batch ends."""
    seen: dict[int, float] = {}
    while True:
        batch.refresh_from_db(fields=["version", "state"])
        seen.setdefault(batch.version, time.monotonic())
        if batch.state not in (BatchState.RUNNING, BatchState.MERGING):
            return seen
        time.sleep(_LOOK)
