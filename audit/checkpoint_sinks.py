"""Checkpoints outside the database and off the machine: a second folder, a bucket that speaks S3, a syslog server.

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
    s3: str | None = field(default_factory=lambda: get_orchestrator().audit_service.checkpoint_s3)
    s3_endpoint: str | None = field(default_factory=lambda: get_orchestrator().audit_service.checkpoint_s3_endpoint)
    _sent: int = 0

    def send_newest(self) -> None:
        """Nothing when no sink is configured or the newest was sent already. OSError when a sink refuses: try again."""
        if self.directory is None and self.syslog is None and self.s3 is None:
            return
        newest: Checkpoint | None = Checkpoint.objects.order_by("-number").first()
        if newest is None or newest.number <= self._sent:
            return
        line = json.dumps({**asdict(newest.body()), "signature": newest.signature}, separators=(",", ":"))
        if self.directory is not None:
            _to_directory(self.directory, newest.number, line)
        if self.syslog is not None:
            _to_syslog(self.syslog, line)
        if self.s3 is not None:
            _to_s3(self.s3, self.s3_endpoint, newest.number, line)
        self._sent = newest.number


def _name(number: int) -> str:
    return f"checkpoint-{number:012d}.json"


def _to_directory(directory: Path, number: int, line: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / _name(number)
    if not path.exists():
        write_atomically(path, line.encode() + b"\n")


def _to_s3(where: str, endpoint: str | None, number: int, line: str) -> None:
    """One object. Credentials come the way boto3 finds them: a role of the machine, a profile, AWS_* variables."""
    try:
        import boto3  # an optional package: only who names a bucket needs it
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise OSError("LOUPE_AUDIT_CHECKPOINT_S3 needs the package boto3") from None
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    key = f"{prefix.rstrip('/')}/{_name(number)}".lstrip("/")
    try:
        client = boto3.client("s3", endpoint_url=endpoint)
        client.put_object(Bucket=bucket, Key=key, Body=line.encode() + b"\n", ContentType="application/json")
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the bucket refused the checkpoint: {type(error).__name__}") from None


def _to_syslog(address: str, line: str) -> None:
    """One datagram: "<priority>tag: message" (RFC 3164)."""
    host, _, port = address.rpartition(":")
    message = f"<{_AUTH_INFO}>loupe-audit: {line}".encode()
    family, kind, _, _, where = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as sender:
        sender.sendto(message, where)
