"""Taking in a batch of 100,000 kept pictures over HTTP: time, and the memory of the web server."""

from __future__ import annotations

import json
import time
from pathlib import Path

from designsystem.benchmarks.measurement import Figures, Job, owner_of_all, page
from designsystem.benchmarks.web_server import WebServer
from designsystem.models import BatchItem, BatchItemState
from designsystem.services.batches import WINDOW
from designsystem.services.uploads import UploadService

PICTURES = 100_000
DEMANDED = 128  # MiB above what a batch of one picture took; the list of ids alone is 10 of them
_MIB = 1024 * 1024


def run(job: Job) -> Figures:
    owner = owner_of_all()
    image, _ = UploadService().upload(owner, page(0), "0.png")
    count = job.pictures or PICTURES
    with WebServer.started(owner) as server:
        connection = server.connect()
        server.post(connection, "batch", _body(str(image.pk), 1), "application/json")
        before = _peak(server.processes())
        began = time.monotonic()
        told = server.post(connection, "batch", _body(str(image.pk), count), "application/json")
        seconds = time.monotonic() - began
        grown = (_peak(server.processes()) - before) / _MIB
        connection.close()
    queued = BatchItem.objects.filter(batch=told["id"], state=BatchItemState.QUEUED).count()
    values = {
        "pictures": told["progress"]["total"],
        "seconds_to_take_in": round(seconds, 1),
        "peak_mib_before": round(before / _MIB),
        "mib_grown": round(grown, 1),
        "messages_in_the_queue": queued,
    }
    broken = [] if grown <= DEMANDED else [f"the web server grew by {grown:.0f} MiB: {DEMANDED} were allowed"]
    if queued > WINDOW:
        broken.append(f"{queued} messages stand in the queue")
    return Figures(values, tuple(broken))


def _body(image: str, count: int) -> bytes:
    return json.dumps({"images": [image] * count, "pixel_ratio": 1}).encode()


def _peak(processes: list[int]) -> int:
    """The most memory that the processes ever held, in bytes."""
    lines = [line for pid in processes for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()]
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
