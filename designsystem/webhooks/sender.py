"""One POST to one receiver: looked up once, connected to the address that was judged, within one deadline.

Not an HTTP library: those look a name up again when they connect (DNS rebinding), follow redirects and proxies, and
limit each step and not the whole. Of the answer only the status and Retry-After are read, so that nobody can read
through us what they cannot reach themselves.
"""

from __future__ import annotations

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, cast

from config.orchestrator import get_orchestrator
from config.services.webhooks import WebhooksConfigService
from designsystem.webhooks.addresses import may_be_reached
from designsystem.webhooks.target import Target, TargetRefused

Resolver = Callable[[str, int], Sequence[str]]

_MAX_HEAD_BYTES = 64 * 1024
_MAX_ADDRESSES = 4


class DeliveryFailed(Exception):
    """The receiver gave no answer; `code` says why, in a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """`retry_after` is in seconds, None when the receiver named none."""

    status: int
    retry_after: int | None


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the machine's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """`authorities` makes the TLS context; the default trusts what the machine trusts."""

    settings: WebhooksConfigService = field(default_factory=lambda: get_orchestrator().webhooks_service)
    resolve: Resolver = look_up
    authorities: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer, whatever its status; DeliveryFailed when there was none or the address is refused."""
        deadline = _Deadline(self.settings.timeout_seconds)
        try:
            target = Target.parse(url, self.settings)
            with self._connected(target, deadline) as connection:
                connection.settimeout(deadline.left())
                connection.sendall(_request(target, headers, body))
                return _reply(connection, deadline)
        except TargetRefused as refused:
            raise DeliveryFailed(refused.code) from None
        except TimeoutError:
            raise DeliveryFailed("timeout") from None
        except socket.gaierror:
            raise DeliveryFailed("name_not_found") from None
        except ssl.SSLError:
            raise DeliveryFailed("tls_failed") from None
        except OSError:
            raise DeliveryFailed("connection_failed") from None
        except (http.client.HTTPException, UnicodeError):
            raise DeliveryFailed("invalid_answer") from None

    @contextmanager
    def _connected(self, target: Target, deadline: _Deadline) -> Iterator[socket.socket]:
        plain = _connect(self._addresses(target, deadline), target.port, deadline)
        with plain:
            if not target.tls:
                yield plain
                return
            plain.settimeout(deadline.left())
            with self.authorities().wrap_socket(plain, server_hostname=target.host) as wrapped:
                yield wrapped

    def _addresses(self, target: Target, deadline: _Deadline) -> list[str]:
        """All of them must be allowed: a name with a public and a private one is an attempt."""
        found = _within(deadline, lambda: self.resolve(target.host, target.port))
        if not found or not all(may_be_reached(ip_address(each), self.settings.allowed_networks) for each in found):
            raise DeliveryFailed("address_refused")
        return list(found)[:_MAX_ADDRESSES]


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none; TimeoutError when it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Answer(io.RawIOBase):
    """Reads from the connection until the deadline or the limit. To http.client it is the socket."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection, self._deadline = connection, deadline
        self._left = _MAX_HEAD_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise DeliveryFailed("answer_too_large")
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, 4096)


def _within(deadline: _Deadline, call: Callable[[], Sequence[str]]) -> Sequence[str]:
    """The resolver knows no deadline: a thread waits for it, and we for the thread."""
    outcome: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(call())
        except (OSError, UnicodeError) as error:
            outcome.put(error)

    threading.Thread(target=run, name="webhook-look-up", daemon=True).start()
    try:
        found = outcome.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found


def _connect(addresses: Sequence[str], port: int, deadline: _Deadline) -> socket.socket:
    """To the first that answers. Nothing is looked up: these are addresses."""
    problem: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=deadline.left())
        except OSError as error:
            problem = error
    raise problem


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _reply(connection: socket.socket, deadline: _Deadline) -> Reply:
    response = http.client.HTTPResponse(cast(socket.socket, _Answer(connection, deadline)), method="POST")
    with closing(response):  # left to the collector it may find its reader closed before it
        response.begin()
    asked = response.headers.get("Retry-After", "")
    return Reply(response.status, int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else None)
