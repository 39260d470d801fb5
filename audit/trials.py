"""What the trail is put through: parallel writers against plain inserts, and kills at random points."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, connections

from audit import context
from audit.actions import Action
from audit.file_verification import verify_files
from audit.files import DailyFiles
from audit.logger import AuditLogger
from audit.models import SEALED_FIELDS, AuditLog, Unsealed
from audit.redaction import DetailValue
from audit.sealer import Sealer, unsealed_seconds
from audit.sealing import Sealing
from audit.stored import verify_stored
from audit.verification import Finding

_WHO = context.AuditContext(actor="user:trial", request_id="trial-request", address="203.0.113.9", agent="Mozilla/5.0")
_PATIENCE = 120.0  # seconds
_DETAILS: dict[str, DetailValue] = {"method": "password", "count": 1}


@dataclass(frozen=True, slots=True)
class Throughput:
    """Entries a second: plain inserts of the same row by the same ORM, and recorded ones beside the sealer at work;
    neither writes the line of the operators' log.

    `sealed_after` is the seconds from the last commit until nothing waited for its seal. The CPU is what all processes
    together used, in microseconds an entry: unlike the rates, a busy machine does not change it much.
    """

    plain: float
    recorded: float
    sealed_after: float
    plain_cpu: float
    recorded_cpu: float

    @property
    def ratio(self) -> float:
        return self.recorded / self.plain


@dataclass(frozen=True, slots=True)
class KillRounds:
    """What was left after `rounds` kills: how many acknowledged entries are gone, and what verification found."""

    rounds: int
    acknowledged: int
    lost: int
    finding: Finding | None


def throughput(writers: int, entries: int, directory: Path) -> Throughput:
    """Measure both in one run, with `writers` processes of `entries` commits each."""
    sample = _sample_row()
    used = _used_cpu()
    plain = _timed(writers, lambda: _insert(sample, entries))
    plain_cpu = _used_cpu() - used
    Sealer(accepted=frozenset(Unsealed.objects.values_list("pk", flat=True))).seal_all()
    used = _used_cpu()
    stop = threading.Event()
    sealing = _forked(lambda: Sealing(files=DailyFiles(directory=directory)).run(stop))
    recorded = _timed(writers, lambda: _record(entries))
    finished = time.perf_counter()
    while unsealed_seconds() > 0:
        time.sleep(0.01)
    sealed_after = time.perf_counter() - finished
    os.kill(sealing, signal.SIGKILL)
    os.waitpid(sealing, 0)
    for each in connections.all():
        each.close()  # its server process is counted when it has ended
    time.sleep(0.2)
    recorded_cpu = _used_cpu() - used
    count = writers * entries
    return Throughput(
        count / plain, count / recorded, sealed_after, plain_cpu / count * 1e6, recorded_cpu / count * 1e6
    )


def kill_rounds(rounds: int, directory: Path, seed: int = 0) -> KillRounds:
    """Kill -9 two writers and a sealer at random points, `rounds` times, on one trail; then seal and verify it all.

    Each round lasts until something was acknowledged in it, and a random moment more.
    """
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    files = DailyFiles(directory=directory)
    journals = [directory.parent / f"acknowledged-{number}" for number in range(2)]
    for _ in range(rounds):
        written = _size(journals)
        children = [_forked(lambda path=path: _record_for_ever(path)) for path in journals]  # type: ignore[misc]
        children.append(_forked(lambda: Sealing(files=files).run(threading.Event())))
        _wait_until(lambda before=written: _size(journals) > before)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.15))
        chance.shuffle(children)
        for child in children:
            os.kill(child, signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.01))
        for child in children:
            os.waitpid(child, 0)
    _wait_for_the_database()
    Sealer().seal_all()
    files.catch_up()
    acknowledged = [line for path in journals for line in path.read_text().splitlines() if len(line) == 36]
    stored = {str(key) for key in AuditLog.objects.filter(pk__in=acknowledged).values_list("pk", flat=True)}
    finding = verify_stored().finding or verify_files(files)
    return KillRounds(rounds, len(acknowledged), len(set(acknowledged) - stored), finding)


def _used_cpu() -> float:
    """CPU seconds of our children that have ended and, when the server runs here, of its processes that have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    used = os.times()
    try:
        postmaster = _process_times(_process_times(backend)[1])
    except OSError:
        return used.children_user + used.children_system
    waited_for = sum(postmaster[13:15]) / os.sysconf("SC_CLK_TCK")
    return used.children_user + used.children_system + waited_for


def _process_times(pid: int) -> list[int]:
    """The numbers of /proc/PID/stat after the state: [1 - 1] is the parent, [13:15] the time of ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return [0, *(int(each) for each in fields[1:])]


def _sample_row() -> dict[str, Any]:
    with context.acting(_WHO):
        entry = AuditLogger().record(Action.LOGIN, details=_DETAILS)
    return {name: getattr(entry, name) for name in SEALED_FIELDS if name != "id"}


def _insert(row: dict[str, Any], entries: int) -> None:
    for _ in range(entries):
        AuditLog(**row).save()


def _record(entries: int) -> None:
    with context.acting(_WHO):
        for _ in range(entries):
            AuditLogger().record(Action.LOGIN, details=_DETAILS)


def _record_for_ever(journal: Path) -> None:
    """Writes each id down after its commit was acknowledged: none of them may be lost."""
    with journal.open("a", buffering=1) as acknowledged, context.acting(_WHO):
        while True:
            acknowledged.write(f"{AuditLogger().record(Action.LOGIN).id}\n")


def _timed(writers: int, work: Callable[[], None]) -> float:
    started = time.perf_counter()
    children = [_forked(work) for _ in range(writers)]
    failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
    if failed:
        raise RuntimeError(f"{len(failed)} writers failed")
    return time.perf_counter() - started


def _forked(work: Callable[[], None]) -> int:
    """A child process with connections of its own that does `work` and ends without Python's exit handlers."""
    for each in connections.all():
        each.close()
        if each.vendor == "postgresql":
            each.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL has one
    child = os.fork()
    if child:
        return child
    logging.getLogger("audit").disabled = True  # a line for each entry is the operators' log, not the trail
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _size(journals: list[Path]) -> int:
    return sum(path.stat().st_size for path in journals if path.exists())


def _wait_for_the_database() -> None:
    """Until the server has ended the transactions of the killed."""
    if connection.vendor == "postgresql":
        _wait_until(_is_quiet)


def _is_quiet() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return bool(cursor.fetchone()[0] == 0)


def _wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the writers or the database did not come on")
        time.sleep(0.01)
