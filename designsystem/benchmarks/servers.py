"""A throw-away PostgreSQL and Redis that a benchmark starts, kills and starts again, as machines do."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_START = 30.0  # seconds
_USER = "loupe"


class ServersMissing(Exception):
    """A program that is needed is not installed; the message names it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Both listen on the loopback. `folder` holds what they keep, and the pictures; it goes with them.

    PostgreSQL is as it comes: what it says is committed survives its death. Redis keeps nothing, so that each of its
    deaths loses the whole queue.
    """

    folder: str
    postgres_port: int
    redis_port: int

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Servers]:
        """Until the block ends. ServersMissing when one is not installed."""
        for name in ("initdb", "pg_ctl", "createdb", "redis-server"):
            _program(name)
        with tempfile.TemporaryDirectory(prefix="loupe-servers-") as folder:
            servers = cls(folder, *free_ports(2))
            try:
                servers._create_database()
                servers._start_redis()
                yield servers
            finally:
                servers._stop()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use them."""
        return {
            "DATABASE_URL": f"postgresql://{_USER}@127.0.0.1:{self.postgres_port}/loupe",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "LOUPE_STORAGE_DATA_DIR": f"{self.folder}/data",
        }

    def as_json(self) -> str:
        """For a process that kills them; `Servers(**json.loads(text))` is the way back."""
        return json.dumps(asdict(self))

    def restart_postgres(self) -> None:
        """Every connection breaks, nothing is written down first, and the log is replayed at the start."""
        self._pg_ctl("-m", "immediate", "stop")
        self._start_postgres()

    def restart_redis(self) -> None:
        """Killed with -9: the queue, the cache and who waits for what are gone."""
        self._kill_redis()
        self._start_redis()

    def _create_database(self) -> None:
        os.chmod(self.folder, 0o755)  # noqa: S103 - the owner of the database is another one when we are root
        home = Path(self.folder, "postgres")
        home.mkdir()
        shutil.chown(home, _owner())
        _run([_program("initdb"), "-D", str(home), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-locale"])
        self._start_postgres()
        _run([_program("createdb"), "-h", "127.0.0.1", "-p", str(self.postgres_port), "-U", _USER, "loupe"])

    def _start_postgres(self) -> None:
        options = f"-p {self.postgres_port} -k {self.folder}/postgres -c listen_addresses=127.0.0.1"
        self._pg_ctl("-l", f"{self.folder}/postgres/log", "-o", f"{options} -c max_connections=300", "-w", "start")

    def _pg_ctl(self, *words: str) -> None:
        _run([_program("pg_ctl"), "-D", f"{self.folder}/postgres", "-s", *words])

    def _start_redis(self) -> None:
        nothing_kept = ["--save", "", "--appendonly", "no"]
        where = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", self.folder]
        files = ["--pidfile", f"{self.folder}/redis.pid", "--logfile", f"{self.folder}/redis.log"]
        _run([_program("redis-server"), *where, *nothing_kept, *files, "--daemonize", "yes"], as_owner=False)
        ends = time.monotonic() + _START
        while not _answers(self.redis_port):
            if time.monotonic() > ends:
                raise TimeoutError("Redis does not answer")
            time.sleep(0.05)

    def _kill_redis(self) -> None:
        file = Path(self.folder, "redis.pid")
        with suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int(file.read_text(encoding="ascii")), signal.SIGKILL)
            file.unlink()
        ends = time.monotonic() + _START
        while _answers(self.redis_port) and time.monotonic() < ends:
            time.sleep(0.05)

    def _stop(self) -> None:
        self._kill_redis()
        with suppress(subprocess.CalledProcessError):
            self._pg_ctl("-m", "immediate", "stop")


def _program(name: str) -> str:
    """Its path; PostgreSQL's are often not on PATH."""
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next((str(each) for each in newest_first), None)
    if found is None:
        raise ServersMissing(f"{name} is not installed")
    return found


def _owner() -> str:
    """Who owns the database: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


def _run(command: Sequence[str], *, as_owner: bool = True) -> None:
    owner = _owner() if as_owner and os.getuid() == 0 else None
    subprocess.run(  # noqa: S603 - programs of the servers, found by us
        command, check=True, cwd="/", user=owner, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def free_ports(count: int) -> list[int]:
    """Ports of the loopback on which nothing listens."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in held]
    for each in held:
        each.close()
    return ports


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
