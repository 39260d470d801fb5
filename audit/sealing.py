"""The sealer's loop: seal, write the files, sleep a little; for a thread of the server or a process of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import structlog
from django.db import DatabaseError, close_old_connections, transaction

from audit.actions import Action
from audit.checkpoint_sinks import CheckpointSinks
from audit.files import DailyFiles
from audit.logger import AuditLogger
from audit.models import Unsealed
from audit.sealer import Sealer, unsealed_seconds
from config.orchestrator import get_orchestrator

logger = structlog.get_logger("audit.sealing")


@dataclass(frozen=True, slots=True)
class Sealing:
    """Runs until `stop` is set. No failure ends it: the trail waits, the log says why, the next round tries again."""

    sealer: Sealer = field(default_factory=Sealer)
    files: DailyFiles = field(default_factory=DailyFiles)
    sinks: CheckpointSinks = field(default_factory=CheckpointSinks)

    def run(self, stop: threading.Event) -> None:
        settings = get_orchestrator().audit_service
        while not stop.is_set():
            self.once()
            stop.wait(settings.seal_interval_seconds)
        self.once()

    def accept(self, entries: Collection[uuid.UUID]) -> int:
        """Seal entries that nobody with our keys recorded: an operator vouches for them, which the trail tells.

        LookupError when one of them does not wait.
        """
        waiting = set(Unsealed.objects.filter(pk__in=entries).values_list("pk", flat=True))
        missing = [str(each) for each in entries if each not in waiting]
        if missing:
            raise LookupError(f"not waiting for a seal: {', '.join(missing)}")
        with transaction.atomic():
            AuditLogger().record(Action.AUDIT_ENTRIES_ACCEPTED, details={"ids": sorted(map(str, waiting))})
            replace(self.sealer, accepted=frozenset(waiting)).seal_all()
        return len(waiting)

    def once(self) -> list[str]:
        """One round: everything that waits is sealed, then the files catch up. What failed; the log says why."""
        close_old_connections()
        steps = {
            "sealing": self.sealer.seal_all,
            "watching what waits": self._watch,
            "the daily files": self.files.catch_up,
            "the copies of checkpoints": self.sinks.send_newest,
        }
        failed = []
        for name, step in steps.items():
            try:
                step()
            except Exception as error:  # a row or file that somebody tampered with must not end the seals of all others
                logger.exception("audit_sealing_failed", step=name)
                failed.append(name)
                if isinstance(error, DatabaseError):
                    break  # the others would wait for it as well
        return failed

    def _watch(self) -> None:
        waited = unsealed_seconds()
        if waited > get_orchestrator().audit_service.unsealed_alarm_seconds:
            logger.error("audit_unsealed_window", seconds=round(waited, 1))
