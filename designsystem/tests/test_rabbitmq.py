"""A batch through RabbitMQ: workers take their messages from it, and what one that was killed held comes to another."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.services.model import PROJECT_ROOT
from config.testing import becomes_true, row_held
from designsystem.benchmarks.servers import free_ports
from designsystem.models import Batch, BatchState

pytestmark = pytest.mark.django_db(transaction=True)

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CELERY = [sys.executable, "-m", "celery", "-A", "config.celery"]
_QUIET = ["--loglevel", "ERROR"]
_WORKER = [*_CELERY, "worker", "-Q", "celery", "--concurrency", "1", *_QUIET]
_CLOCK = [*_CELERY, "beat", "--pidfile=", *_QUIET, "--schedule"]
_COUNT = 12
# takes in a batch and says how many messages the broker has
_TAKE_IN = f"""
import sys, django
django.setup()
from functools import partial
from accounts.models import User
from config.canary import queue_depth
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload
from designsystem.tests import pictures
contents = [pictures.page(accent=f"#{{number:02x}}5bdb") for number in range({_COUNT})]
uploads = [Upload(f"/{{n}}", f"{{n}}.png", partial(bytes, content)) for n, content in enumerate(contents)]
BatchService().create(User.objects.get(pk=sys.argv[1]), Pictures(uploads=uploads), Options(pixel_ratio=1.0))
print(queue_depth())
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The address of a RabbitMQ that is thrown away."""
    if not _SERVER.exists():
        pytest.skip(f"rabbitmq-server is missing: {_SERVER}")
    port, peers, names = free_ports(3)
    environment = {
        "HOME": tmp_path,
        "RABBITMQ_NODENAME": f"loupe-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": port,
        "RABBITMQ_DIST_PORT": peers,
        "ERL_EPMD_PORT": names,
        "RABBITMQ_MNESIA_BASE": tmp_path / "rabbit",
        "RABBITMQ_LOG_BASE": tmp_path / "log",
        "RABBITMQ_ENABLED_PLUGINS_FILE": tmp_path / "plugins",
        "RABBITMQ_PLUGINS_EXPAND_DIR": tmp_path / "expanded",
        "RABBITMQ_CONFIG_FILE": tmp_path / "rabbitmq",
        "RABBITMQ_CONF_ENV_FILE": tmp_path / "environment",
    }
    words = {name: str(value) for name, value in environment.items()}
    try:
        with _started([str(_SERVER)], words, tmp_path):
            assert becomes_true(lambda: _answers(port)), _said(tmp_path)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"  # allow-secret: RabbitMQ's own for this machine
    finally:
        # the daemon that it started for the names of nodes lives in no group, and ends once it knows none
        end = [shutil.which("epmd") or "epmd", "-port", str(names), "-kill"]
        becomes_true(lambda: subprocess.run(end, check=False, capture_output=True).returncode == 0, 10)


@pytest.fixture
def through(broker: str, tmp_path: Path) -> dict[str, str]:
    """The environment of processes at the broker."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL is missing: workers are processes of their own")
    address = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    return {
        **os.environ,
        "DATABASE_URL": address.replace(":@", "@"),
        "LOUPE_TASK_QUEUE_BROKER_URL": broker,
        "LOUPE_STORAGE_DATA_DIR": str(tmp_path),
        "LOUPE_TASK_QUEUE_SOFT_LIMIT_SECONDS": "8",
        "LOUPE_TASK_QUEUE_HARD_LIMIT_SECONDS": "9",
        "LOUPE_LOGGING_LEVEL": "ERROR",
    }


def test_a_batch_is_done_though_a_worker_is_killed_on_the_way(
    alice: Any, through: dict[str, str], tmp_path: Path
) -> None:
    taken_in = [sys.executable, "-c", _TAKE_IN, str(alice.pk)]
    said = subprocess.run(taken_in, cwd=PROJECT_ROOT, env=through, capture_output=True, text=True, check=False)
    assert said.stdout.split() == [str(_COUNT)], said.stderr[-2000:]
    with row_held(Batch.objects.get().items.latest("position")):
        with _started(_WORKER, through, tmp_path):
            assert becomes_true(lambda: Batch.objects.get().done >= 1), _said(tmp_path)
        assert Batch.objects.get().state == BatchState.RUNNING
    with _started([*_CLOCK, str(tmp_path / "beat")], through, tmp_path), _started(_WORKER, through, tmp_path):
        assert becomes_true(lambda: Batch.objects.get().state == BatchState.DONE), _said(tmp_path)
    batch = Batch.objects.get()
    assert batch.done == _COUNT == batch.items.filter(extraction__isnull=False).count()


@contextmanager
def _started(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    """A process group that is killed by -9 at the end."""
    with (folder / "said.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _said(folder: Path) -> str:
    return (folder / "said.log").read_text()[-2000:]


def _answers(port: int) -> bool:
    """Whether AMQP is spoken there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connected:
            connected.sendall(b"AMQP\x00\x00\x09\x01")
            connected.settimeout(2)
            return bool(connected.recv(1))
    except OSError:
        return False
