"""`manage.py serve`: the web server, and on the embedded profile the worker beside it."""

from __future__ import annotations

import socket
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.orchestrator import get_orchestrator


class Command(BaseCommand):
    help = "Serve on a given or a free port. Prints the address when requests are answered. Ctrl-C or SIGTERM ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: 8000)")
        parser.add_argument("--interface", choices=("asgi", "wsgi"), default="asgi", help="default: asgi")
        parser.add_argument("--workers", type=int, default=1, help="processes; one on the embedded profile")
        parser.add_argument("--threads", type=int, default=4, help="threads of a WSGI process (default: 4)")

    def handle(self, *args: Any, **options: Any) -> None:
        workers = options["workers"]
        if workers < 1:
            raise CommandError("--workers must be at least 1")
        if workers > 1 and get_orchestrator().embedded:
            raise CommandError("without REDIS_URL queue and limits live in one process: --workers must be 1")
        with _reserved(options["host"], options["port"]) as port:
            threading.Thread(target=self._announce, args=(options["host"], port), daemon=True).start()
            _serve(options["host"], port, options["interface"], workers, options["threads"])

    def _announce(self, host: str, port: int) -> None:
        reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  (compared, not bound)
        while True:
            try:
                with socket.create_connection((reachable, port), timeout=1):
                    break
            except OSError:
                time.sleep(0.05)
        shown = f"[{reachable}]" if ":" in reachable else reachable
        self.stdout.write(f"Loupe is at http://{shown}:{port}")
        self.stdout.flush()


@contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """The port, or for 0 a free one, which nobody else is given until the block ends; CommandError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # only the server's sockets, which have the same option, may join
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if port else socket.SO_REUSEPORT, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            raise CommandError(f"port {port} of {host} cannot be had; --port 0 takes a free one") from None
        if port:
            probe.close()
        yield int(port or probe.getsockname()[1])


def _serve(host: str, port: int, interface: str, workers: int, threads: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        f"config.serving:{interface}",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGINL if interface == "asgi" else Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads if interface == "wsgi" else None,
        log_level=LogLevels.warning,
        workers_kill_timeout=10,
        respawn_failed_workers=workers > 1,
    ).serve()
