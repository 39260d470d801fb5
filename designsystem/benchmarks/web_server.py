"""`manage.py serve` in a process of its own, and somebody who is signed in there."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.models import User
from accounts.services.session import PASSWORD, SessionManager
from config.services.model import PROJECT_ROOT


class NotAnswered(Exception):
    """The server did not start, or refused what a measure needs; the message is what it said."""


@dataclass(frozen=True, slots=True)
class WebServer:
    host: str
    port: int
    pid: int
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    @contextmanager
    def started(cls, user: User, environment: Mapping[str, str] | None = None) -> Iterator[WebServer]:
        """On a free port until the block ends, with `user` signed in; `environment` on top of this process's."""
        command = [sys.executable, "manage.py", "serve", "--port", "0"]
        token = SessionManager().start(user, [PASSWORD]).access
        with subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=PROJECT_ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                address = next((line.split()[-1] for line in process.stdout if "http://" in line), None)
                if address is None:
                    raise NotAnswered("the web server did not start")
                host, _, port = address.removeprefix("http://").partition(":")
                yield cls(host, int(port), process.pid, {"Authorization": f"Bearer {token}"})
            finally:
                process.send_signal(signal.SIGTERM)

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept for the next request."""
        return http.client.HTTPConnection(self.host, self.port, timeout=600)

    def post_picture(self, connection: http.client.HTTPConnection, content: bytes) -> Any:
        """POST extract of one picture; the answer. NotAnswered when it was not measured."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="pixel_ratio"\r\n\r\n1\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="pictures"; filename="screen.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self.post(connection, "extract", body, f"multipart/form-data; boundary={boundary}")

    def post(self, connection: http.client.HTTPConnection, path: str, body: bytes, content_type: str) -> Any:
        headers = {**self.headers, "Content-Type": content_type}
        connection.request("POST", f"/api/design-system/{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise NotAnswered(f"{answer.status}: {text[:300]!r}")
        return json.loads(text)

    def processes(self) -> list[int]:
        """Its own and those that it started."""
        found = [self.pid]
        for pid in found:
            file = Path(f"/proc/{pid}/task/{pid}/children")
            found += [int(each) for each in file.read_text(encoding="ascii").split()]
        return found
