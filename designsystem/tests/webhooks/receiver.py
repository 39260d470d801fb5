"""A receiver of webhooks on this machine: it keeps what it gets, and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.services.webhooks import WebhooksConfigService


@dataclass(slots=True)
class Receiver:
    """`drip` sends one byte of a header again and again; `silent` answers nothing until the end."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip: bool = False
    silent: bool = False
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=made-up"

    def settings(self, **more: object) -> WebhooksConfigService:
        """A configuration that lets messages come here."""
        patient = {"timeout_seconds": 60}
        given = {"allow_http": True, "allowed_ports": (str(self.port),), "allowed_networks": ("127.0.0.0/8",)}
        return WebhooksConfigService.model_validate({**patient, **given, **more})


@contextmanager
def receiver() -> Iterator[Receiver]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.state
    finally:
        server.state.closing.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state = Receiver()

    def handle_error(self, request: object, client_address: object) -> None:
        return


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        state = self.server.state
        body = self.rfile.read(int(self.headers["Content-Length"]))
        state.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if state.silent:
            state.closing.wait()
        elif state.drip:
            self._drip()
        else:
            self._answer()

    def _answer(self) -> None:
        state = self.server.state
        self.send_response(state.status)
        for name, value in state.headers.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(state.body)
        except OSError:
            return  # nobody reads it

    def _drip(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.state.closing.is_set():
                self.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            return  # nobody listens any more

    def log_message(self, format: str, *args: object) -> None:
        return
