"""Checkpoints outside the database and off the machine: a second folder (another disk, a mounted bucket) and syslog.

Only what was signed and left the house proves that a trail was not cut and begun anew by whoever holds all its keys.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

from audit.files import write_atomically
from audit.models import Checkpoint
from config.orchestrator import get_orchestrator

_AUTH_INFO = 4 * 8 + 6  # facility auth, severity informational


@dataclass(slots=True)
class CheckpointSinks:
    """Sends the newest checkpoint wherever the configuration says, once; it vouches for all before it."""

    directory: Path | None = field(default_factory=lambda: get_orchestrator().audit_service.checkpoint_directory)
    syslog: str | None = field(default_factory=lambda: get_orchestrator().audit_service.checkpoint_syslog)
    _sent: int = 0

    def send_newest(self) -> None:
        """Nothing when no sink is configured or the newest was sent already. OSError when a sink refuses: try again."""
        if self.directory is None and self.syslog is None:
            return
        newest: Checkpoint | None = Checkpoint.objects.order_by("-number").first()
        if newest is None or newest.number <= self._sent:
            return
        line = json.dumps({**asdict(newest.body()), "signature": newest.signature}, separators=(",", ":"))
        if self.directory is not None:
            self._keep(self.directory, newest.number, line)
        if self.syslog is not None:
            _to_syslog(self.syslog, line)
        self._sent = newest.number

    def _keep(self, directory: Path, number: int, line: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"checkpoint-{number:012d}.json"
        if not path.exists():
            write_atomically(path, line.encode() + b"\n")


def _to_syslog(address: str, line: str) -> None:
    """One datagram: "<priority>tag: message" (RFC 3164)."""
    host, _, port = address.rpartition(":")
    message = f"<{_AUTH_INFO}>loupe-audit: {line}".encode()
    family, kind, _, _, where = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as sender:
        sender.sendto(message, where)
