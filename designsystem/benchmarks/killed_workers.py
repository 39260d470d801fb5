"""A batch whose workers are killed at random: is every item done exactly once, and how fast."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
from django.core.files.storage import default_storage

from accounts.models import User
from config.services.model import PROJECT_ROOT
from designsystem import dispatch
from designsystem.models import Batch, BatchState, Extraction
from designsystem.models.source_image import FOLDER
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload

# a killed worker's item is taken over after the lease, which follows from the limits; seconds, for small pictures
_LIMITS = {"SOFT_LIMIT_SECONDS": "8", "HARD_LIMIT_SECONDS": "10", "VISIBILITY_TIMEOUT_SECONDS": "15"}
_LOOK = 0.1  # seconds
_SWEEP = 2.0


class NotDone(Exception):
    """The batch did not end in time."""


@dataclass(slots=True)
class Workers:
    """Celery workers in processes of their own; whoever is killed is replaced."""

    count: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def fill(self) -> None:
        self.running = [each for each in self.running if each.poll() is None]
        while len(self.running) < self.count:
            self.running.append(self._start())

    def kill_one(self, chance: random.Random) -> None:
        """-9 to a worker and its child, as the kernel does when memory runs out."""
        victim = chance.choice(self.running)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()

    def stop(self) -> None:
        for each in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        limits = {f"LOUPE_TASK_QUEUE_{name}": value for name, value in _LIMITS.items()}
        command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--concurrency", "1"]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [*command, "--without-gossip", "--without-mingle", "--loglevel", "ERROR"],
            cwd=PROJECT_ROOT,
            env={**os.environ, **limits},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def run(pictures: int, workers: int, kills: int, seed: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The figures of one batch. NotDone when it stands still; the database is a throw-away one."""
    owner = User.objects.create_user("benchmark@example.org", None)
    began = time.monotonic()
    uploads = [Upload(f"/pictures/{n}", f"{n}.png", partial(_page, n)) for n in range(pictures)]
    batch = BatchService().create(owner, Pictures(uploads=uploads), Options(pixel_ratio=1.0))
    taken_in = time.monotonic() - began
    try:
        with _started(workers) as crew:
            killed, seconds, backwards = _follow(batch, crew, kills, random.Random(seed), tell)  # noqa: S311
    finally:
        _remove_files(f"{FOLDER}/{owner.pk.hex}")
        _remove_files(f"batches/{batch.pk.hex}")
    batch.refresh_from_db()
    attempts = Counter(batch.items.values_list("attempts", flat=True))
    return {
        "pictures": pictures,
        "workers": workers,
        "kills": killed,
        "state": batch.state,
        "done": batch.done,
        "lost": batch.items.exclude(state="done").count(),
        "extractions": Extraction.objects.filter(owner=owner).count(),
        "progress_went_back": backwards,
        "items_by_attempts": {str(number): count for number, count in sorted(attempts.items())},
        "seconds_to_take_in": round(taken_in, 2),
        "seconds_of_work": round(seconds, 2),
        "pictures_a_second": round(pictures / seconds, 2),
    }


def _follow(
    batch: Batch, crew: Workers, kills: int, chance: random.Random, tell: Callable[[str], object]
) -> tuple[int, float, int]:
    """(workers killed, seconds since the first item was done, how often progress went back)."""
    seen, killed, backwards, swept = 0, 0, 0, 0.0
    first = moved = time.monotonic()
    kill_at = sorted(chance.randrange(batch.total) for _ in range(kills))
    while True:
        batch.refresh_from_db(fields=["state", "done", "failed", "quarantined"])
        now = time.monotonic()
        backwards += batch.done < seen
        if batch.done > seen:
            first = now if seen == 0 else first
            moved, seen = now, batch.done
        if batch.state not in (BatchState.RUNNING, BatchState.MERGING):
            return killed, max(now - first, _LOOK), backwards
        if now - moved > 180:
            raise NotDone(f"{batch.done} of {batch.total} done, then nothing for three minutes")
        if killed < kills and seen > kill_at[killed]:
            time.sleep(chance.random() / 2)
            crew.kill_one(chance)
            crew.fill()
            killed += 1
            tell(f"killed {killed} of {kills} at {seen} of {batch.total} pictures")
        if now - swept > _SWEEP:
            swept = now
            for name, key in BatchWorker().sweep():
                dispatch.send(name, key)
        time.sleep(_LOOK)


@contextmanager
def _started(workers: int) -> Iterator[Workers]:
    crew = Workers(workers)
    try:
        crew.fill()
        yield crew
    finally:
        crew.stop()


def _page(number: int) -> bytes:
    """A small page; no two are alike."""
    picture = np.full((300, 400, 3), (249, 246, 244), np.uint8)
    picture[40:260, 40:360] = (255, 255, 255)
    picture[180:220, 64:184] = (number % 251, number // 251 % 251, 200)
    cv2.putText(picture, f"Screen {number}", (64, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def _remove_files(folder: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)
