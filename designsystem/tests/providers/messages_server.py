"""A local HTTP server that speaks the Messages and Message Batches APIs; the real SDK talks to it over a socket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]

BATCHES = "/v1/messages/batches"


@dataclass
class Script:
    """What the server answers next, and what it was asked.

    `status`, `headers`, `delay`, `cut` and `raw` are for every answer, unless `only` names the method and the end of
    the path that they are for. `outcomes` are results of a batch by the place of the request; the others succeed.
    `lose` has a batch created and the answer cut; `drip` sends an answer byte by byte and never ends it.
    """

    text: str = ""
    stop_reason: str = "end_turn"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False
    raw: bytes | None = None
    only: str = ""
    asked: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    batches: dict[str, RemoteState] = field(default_factory=dict)
    ended: bool = True
    outcomes: dict[int, Json] = field(default_factory=dict)
    lines: Callable[[list[str]], list[str]] = lambda lines: lines[::-1]  # in another order than asked
    lose: bool = False
    drip: bool = False
    closing: threading.Event = field(default_factory=threading.Event)

    def concerns(self, method: str, path: str) -> bool:
        verb, _, end = self.only.partition(" ")
        return not self.only or (method == verb and path.endswith(end))

    def message(self) -> Json:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-test",
            "content": [{"type": "text", "text": self.text}],
            "stop_reason": self.stop_reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": 1000,
                "output_tokens": 200,
                "cache_read_input_tokens": 500,
                "cache_creation_input_tokens": 0,
            },
        }


@dataclass
class RemoteState:
    requests: list[Json]
    cancelled: bool = False


@contextmanager
def messages_server() -> Iterator[tuple[str, Script]]:
    """Its address, and the script to change between calls."""
    script = Script()

    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", script
    finally:
        script.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: Script

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/v1/messages":
            self._serve(lambda: self._message(json.loads(body)))
        elif self.path == BATCHES:
            self._serve(lambda: self._create(json.loads(body)))
        else:
            self._serve(lambda: self._cancel())

    def do_GET(self) -> None:
        if self.path.startswith(f"{BATCHES}?"):
            self._serve(lambda: _page([_told(key, self.script) for key in reversed(self.script.batches)]))
        elif self.path.endswith("/results"):
            self._serve(lambda: "\n".join(self.script.lines(_lines(self.script.batches[self._key()], self.script))))
        else:
            self._serve(lambda: _told(self._key(), self.script))

    def do_DELETE(self) -> None:
        self._serve(lambda: self._delete())

    def _serve(self, work: Callable[[], Json | str]) -> None:
        self.script.paths.append(f"{self.command} {self.path}")
        self.script.keys.append(self.headers.get("x-api-key") or self.headers.get("authorization") or "")
        if not self.script.concerns(self.command, self.path):
            self._answer(200, work())
            return
        self.script.closing.wait(self.script.delay)
        if self.script.status != 200:
            if self.path == "/v1/messages":
                work()  # which notes what was asked
            error = {"type": "error", "message": "secret words of the service"}
            self._answer(self.script.status, {"type": "error", "error": error})
            return
        found = work()
        if self.script.cut or (self.script.lose and self.path == BATCHES and self.command == "POST"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
            self.connection.close()
            return
        self._answer(200, self.script.raw if self.script.raw is not None else found)

    def _answer(self, status: int, content: Json | str | bytes) -> None:
        if isinstance(content, dict):
            content = json.dumps(content)
        body = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000000" if self.script.drip else str(len(body)))
        self.send_header("request-id", "req_test_1")
        for name, value in self.script.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            while self.script.drip and not self.script.closing.is_set():
                self.wfile.write(b" ")
                time.sleep(0.02)
            self.wfile.write(body)
        except OSError:
            return  # nobody listens any more

    def _message(self, asked: Json) -> Json:
        self.script.asked.append(asked)
        return self.script.message()

    def _create(self, asked: Json) -> Json:
        key = f"msgbatch_{len(self.script.batches) + 1}"
        self.script.batches[key] = RemoteState(asked["requests"])
        return _told(key, self.script)

    def _cancel(self) -> Json:
        self.script.batches[self._key()].cancelled = True
        return _told(self._key(), self.script)

    def _delete(self) -> Json:
        del self.script.batches[self._key()]
        return {"id": self._key(), "type": "message_batch_deleted"}

    def _key(self) -> str:
        return self.path.removeprefix(f"{BATCHES}/").partition("/")[0]

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _told(key: str, script: Script) -> Json:
    batch = script.batches[key]
    ended = script.ended or batch.cancelled
    now = time.time()
    return {
        "id": key,
        "type": "message_batch",
        "processing_status": "ended" if ended else "in_progress",
        "request_counts": {
            "processing": 0 if ended else len(batch.requests),
            "succeeded": len(batch.requests) if ended else 0,
            "errored": 0,
            "canceled": 0,
            "expired": 0,
        },
        "created_at": _rfc3339(now),
        "expires_at": _rfc3339(now + 24 * 3600),
        "ended_at": _rfc3339(now) if ended else None,
        "archived_at": None,
        "cancel_initiated_at": None,
        # an address that must not be asked: the key would go there
        "results_url": f"http://elsewhere.invalid{BATCHES}/{key}/results" if ended else None,
    }


def _lines(batch: RemoteState, script: Script) -> list[str]:
    """One for each request, in the order of the requests."""
    good = {"type": "succeeded", "message": script.message()}
    usual = {"type": "canceled"} if batch.cancelled else good
    return [
        json.dumps({"custom_id": each["custom_id"], "result": script.outcomes.get(place, usual)})
        for place, each in enumerate(batch.requests)
    ]


def _page(rows: list[Json]) -> Json:
    return {"data": rows, "has_more": False, "first_id": None, "last_id": None}


def _rfc3339(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
