"""The newest checkpoint leaves the house."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.actions import Action
from audit.checkpoint_sinks import CheckpointSinks
from audit.logger import AuditLogger
from audit.management.commands.verify_audit_chain import _anchor
from audit.models import Checkpoint
from audit.sealer import Sealer
from audit.stored import verify_stored

pytestmark = pytest.mark.django_db


def seal() -> Checkpoint:
    AuditLogger().record(Action.LOGIN)
    sealed = Sealer().seal()
    assert sealed is not None
    return sealed


def test_a_folder_gets_each_newest_checkpoint_once_and_it_serves_as_an_anchor(tmp_path: Path) -> None:
    sinks = CheckpointSinks(directory=tmp_path / "elsewhere")
    sinks.send_newest()
    first = seal()
    sinks.send_newest()
    sinks.send_newest()
    seal()
    sinks.send_newest()
    names = sorted(path.name for path in (tmp_path / "elsewhere").iterdir())
    assert names == ["checkpoint-000000000001.json", "checkpoint-000000000002.json"]
    anchor = _anchor(tmp_path / "elsewhere" / names[0])
    assert anchor == first.body()
    assert verify_stored(anchor=anchor).finding is None


def test_syslog_gets_the_signed_checkpoint() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        sealed = seal()
        CheckpointSinks(syslog=f"127.0.0.1:{server.getsockname()[1]}").send_newest()
        message = server.recv(65_536).decode().rstrip("\0")
    priority, _, line = message.partition("loupe-audit: ")
    assert priority == "<38>"  # auth.info
    assert json.loads(line)["signature"] == sealed.signature


def test_a_bucket_gets_the_signed_checkpoint_and_a_refusal_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3", reason="boto3 is missing: nothing can speak S3")
    received: list[tuple[str, bytes]] = []
    answers = [403, 200]

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "eu-1"}.items():
        monkeypatch.setenv(name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        sealed = seal()
        sinks = CheckpointSinks(s3="s3://evidence/loupe", s3_endpoint=f"http://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(OSError, match="refused"):
            sinks.send_newest()
        sinks.send_newest()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    path, body = received[1]
    assert path == "/evidence/loupe/checkpoint-000000000001.json"
    assert sealed.signature.encode() in body
