"""Celery's workers and clock in processes of their own, for benchmarks that kill or count them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from config.services.model import PROJECT_ROOT

Process = subprocess.Popen[bytes]

_CELERY = (sys.executable, "-m", "celery", "-A", "config.celery")


@dataclass(slots=True)
class CeleryProcesses:
    """`workers` workers of one process each, and a clock with its file in `folder`. Whoever ended is replaced."""

    workers: int
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)
    clock: Process | None = None

    @classmethod
    @contextmanager
    def started(cls, workers: int, folder: str, environment: Mapping[str, str]) -> Iterator[CeleryProcesses]:
        crew = cls(workers, folder, environment)
        try:
            crew.fill()
            yield crew
        finally:
            crew.stop()

    def fill(self) -> None:
        self.running = [each for each in self.running if each.poll() is None]
        while len(self.running) < self.workers:
            words = ("worker", "--concurrency", "1", "--without-gossip", "--without-mingle")
            self.running.append(self._start(*words))
        if self.clock is None or self.clock.poll() is not None:
            self.clock = self._start("beat", "--schedule", f"{self.folder}/beat", "--pidfile", "")

    def kill_one(self, chance: random.Random) -> Literal["worker", "child"]:
        """-9 to a worker whole, or as often to the child that does its work, as the kernel does without memory."""
        victim = chance.choice(self.running)
        children = _children(victim.pid)
        if children and chance.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)
            return "child"
        _end(victim)
        return "worker"

    def stop(self) -> None:
        for each in (*self.running, *filter(None, [self.clock])):
            _end(each)

    def _start(self, *words: str) -> Process:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [*_CELERY, *words, "--loglevel", "ERROR"],
            cwd=PROJECT_ROOT,
            env={**os.environ, **self.environment},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _children(pid: int) -> list[int]:
    """The processes of a worker's pool; none where the system does not tell."""
    with suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(each) for each in file.read().split()]
    return []


def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
