"""A batch whose workers are killed at random, whose queue is lost and whose database dies: is every item done once."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import InterfaceError, OperationalError, connection

from audit.models import AuditLog
from designsystem.benchmarks.celery_processes import CeleryProcesses
from designsystem.benchmarks.measurement import Figures, Job, batch_of, owner_of_all, page
from designsystem.models import Batch, BatchState, Extraction
from designsystem.services.batches import BatchService

PICTURES = 1000

# a killed worker's item is taken over after the lease, which follows from the limits; seconds, for small pictures
_LIMITS = {"SOFT_LIMIT_SECONDS": "5", "HARD_LIMIT_SECONDS": "6", "VISIBILITY_TIMEOUT_SECONDS": "15"}
_LOOK = 0.1  # seconds
_STANDS_STILL = 180.0  # seconds
_RUNS = (BatchState.RUNNING, BatchState.MERGING)


class Blow(StrEnum):
    """What is done to an installation."""

    WORKER_KILLED = "workers_killed"
    REDIS_KILLED = "redis_killed_and_its_queue_lost"
    POSTGRES_KILLED = "postgresql_killed"


class NotDone(Exception):
    """The batch stands still."""


def run(job: Job) -> Figures:
    """The figures of one batch; NotDone when it stands still. The database is a throw-away one."""
    pictures = job.pictures or PICTURES
    owner = owner_of_all()
    began = time.monotonic()
    batch = batch_of(owner, page, 0, pictures)
    taken_in = time.monotonic() - began
    limits = {f"LOUPE_TASK_QUEUE_{name}": value for name, value in _LIMITS.items()}
    with CeleryProcesses.started(job.workers, job.servers.folder, limits) as crew:
        trial = _Trial(batch, crew, job)
        trial.follow()
    batch.refresh_from_db()
    attempts = Counter(batch.items.values_list("attempts", flat=True))
    values = {
        "pictures": pictures,
        "workers": job.workers,
        **{blow.value: trial.dealt[blow] for blow in Blow},
        "state": batch.state,
        "done": batch.done,
        "progress_went_back": trial.went_back,
        "set_aside_and_retried": trial.retried,
        "items_by_attempts": {str(number): count for number, count in sorted(attempts.items())},
        "seconds_until_new_items_are_done_after_a_server_died": trial.recoveries,
        "seconds_to_take_in": round(taken_in, 2),
        "seconds_of_work": round(trial.seconds, 2),
        "pictures_a_second": round(pictures / trial.seconds, 2),
    }
    return Figures(values, tuple(_broken(batch, trial)))


def _broken(batch: Batch, trial: _Trial) -> Iterator[str]:
    if batch.state != BatchState.DONE or batch.done != batch.total:
        yield f"{batch.done} of {batch.total} items are done and the batch is {batch.state}"
    results = dict(batch.items.filter(state="done").values_list("position", "extraction__image__sha256"))
    wrong = [n for n in range(batch.total) if results.get(n) != hashlib.sha256(page(n)).hexdigest()]
    if wrong:
        yield f"items {wrong[:10]} were lost or have the result of another picture"
    extractions = Extraction.objects.count()
    told = AuditLog.objects.filter(action="extraction.created", outcome="success").count()
    if not extractions == told == batch.total:
        yield f"{extractions} results and {told} entries of the audit trail for {batch.total} items"
    if trial.went_back:
        yield f"progress went back {trial.went_back} times"


@dataclass(slots=True)
class _Trial:
    """Watches the batch as a client does, by its row, and deals the blows at the pictures that chance picked."""

    batch: Batch
    crew: CeleryProcesses
    job: Job
    dealt: Counter[Blow] = field(default_factory=Counter)
    went_back: int = 0
    retried: int = 0
    seconds: float = 0.0
    recoveries: list[float] = field(default_factory=list)

    def follow(self) -> None:
        chance = random.Random(self.job.seed)  # noqa: S311 - no secret
        blows = self._plan(chance)
        began = moved = time.monotonic()
        wounded: tuple[float, int] | None = None
        seen = self._look(self.batch)
        while seen.state in _RUNS or self._try_again(seen):
            time.sleep(_LOOK)
            before, seen = seen, self._look(seen)
            now = time.monotonic()
            if seen.version != before.version:
                moved = now
            # what was in hand is finished anyway: one more shows that a queue is heard again
            if wounded is not None and seen.done > wounded[1] + self.crew.workers:
                self.recoveries.append(round(now - wounded[0], 1))
                wounded = None
            if now - moved > _STANDS_STILL:
                raise NotDone(f"{seen.done} of {seen.total} done, then nothing for {_STANDS_STILL:.0f} seconds")
            # while a server has just come back nobody is killed, so that whoever stands still is seen to
            if blows and seen.done > blows[0][0] and wounded is None:
                time.sleep(chance.random() / 2)
                _, blow = blows.pop(0)
                self._deal(blow, chance)
                wounded = None if blow is Blow.WORKER_KILLED else (time.monotonic(), seen.done)
                self.job.tell(f"{blow} {self.dealt[blow]}, at {seen.done} of {seen.total} pictures")
            self.crew.fill()
        self.seconds = time.monotonic() - began

    def _plan(self, chance: random.Random) -> list[tuple[int, Blow]]:
        """After how many pictures which blow falls."""
        blows = [Blow.WORKER_KILLED] * self.job.kills
        blows += [Blow.REDIS_KILLED] * self.job.redis_restarts + [Blow.POSTGRES_KILLED] * self.job.postgres_restarts
        return sorted((chance.randrange(max(1, self.batch.total * 19 // 20)), blow) for blow in blows)

    def _deal(self, blow: Blow, chance: random.Random) -> None:
        self.dealt[blow] += 1
        match blow:
            case Blow.WORKER_KILLED:
                self.crew.kill_one(chance)
            case Blow.REDIS_KILLED:
                self.job.servers.restart_redis()
            case Blow.POSTGRES_KILLED:
                self.job.servers.restart_postgres()

    def _look(self, before: Batch) -> Batch:
        """The row now, or as it was while the database is away; progress that went back is counted."""
        try:
            now = Batch.objects.defer("document", "resolver", "conflicts").get(pk=before.pk)
        except (OperationalError, InterfaceError):
            connection.close()
            return before
        ended, had_ended = now.total - now.waiting, before.total - before.waiting
        self.went_back += now.version < before.version or now.done < before.done or ended < had_ended
        return now

    def _try_again(self, batch: Batch) -> bool:
        """What chance killed three times was set aside as poison: an operator has it tried again."""
        if not batch.quarantined:
            return False
        self.retried += batch.quarantined
        BatchService().retry(batch)
        self.batch = self._look(batch)
        return True
