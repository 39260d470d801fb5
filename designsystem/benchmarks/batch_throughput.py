"""How many screens workers measure in a second, and what a second worker adds on a machine of two cores."""

from __future__ import annotations

import os
import time
from statistics import median

from django.db.models import Max, Min

from accounts.models import User
from designsystem.benchmarks.celery_processes import CeleryProcesses
from designsystem.benchmarks.measurement import Figures, Job, batch_of, owner_of_all, screen
from designsystem.models import Batch, BatchState

PICTURES = 60  # of each batch
DEMANDED = 1.8  # times one worker
_ROUNDS = 3
_WARM_UP = 4  # pictures for each worker, which then has loaded everything


def run(job: Job) -> Figures:
    """Batches of the same screens by one worker and by two, in turns; pictures a second while they are measured."""
    owner = owner_of_all()
    rates: dict[int, list[float]] = {1: [], 2: []}
    first = 0
    for _ in range(_ROUNDS):
        for workers, found in rates.items():
            count = job.pictures or PICTURES
            with CeleryProcesses.started(workers, job.servers.folder, {}) as crew:
                _measured(owner, first, _WARM_UP * workers)
                found.append(_measured(owner, first + _WARM_UP * workers, count))
                crew.stop()
            first += _WARM_UP * workers + count
            job.tell(f"{workers} workers: {found[-1]:.2f} pictures a second")
    one, two = (median(found) for found in rates.values())
    values = {
        "cores": os.cpu_count(),
        "pictures": job.pictures or PICTURES,
        "pictures_a_second_by_one_worker": [round(each, 3) for each in rates[1]],
        "pictures_a_second_by_two_workers": [round(each, 3) for each in rates[2]],
        "ratio_of_medians": round(two / one, 3),
    }
    broken = (f"two workers do {two / one:.2f} times the work of one: {DEMANDED} was demanded",)
    return Figures(values, broken if two / one < DEMANDED else ())


def _measured(owner: User, first: int, count: int) -> float:
    """Pictures a second from the first that is begun to the last that is done."""
    batch = batch_of(owner, screen, first, count)
    while batch.state in (BatchState.RUNNING, BatchState.MERGING):
        time.sleep(0.1)
        batch.refresh_from_db(fields=["state"])
    return count / _span(batch)


def _span(batch: Batch) -> float:
    times = batch.items.aggregate(began=Min("started_at"), ended=Max("finished_at"))
    return float((times["ended"] - times["began"]).total_seconds())
