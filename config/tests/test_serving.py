"""The server says where it is, runs the worker beside it on the embedded profile, and leaves nothing running."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from config import serving
from config.services.cache import CacheConfigService
from config.services.model import PROJECT_ROOT
from config.services.task_queue import TaskQueueConfigService
from config.testing import becomes_true, configured

_PATIENCE = 120  # seconds


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_registry", {})


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_serve_takes_a_free_port_prints_it_and_ends_on_sigterm(tmp_path: Path, interface: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environ["LOUPE_DATABASE_SQLITE_PATH"] = str(tmp_path / "new" / "loupe.sqlite3")
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0", "--interface", interface],
        cwd=PROJECT_ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            match = re.fullmatch(r"Loupe is at (http://127\.0\.0\.1:\d+)\n", server.stdout.readline())
            assert match
            with urllib.request.urlopen(f"{match[1]}/health/live", timeout=_PATIENCE) as answer:
                assert answer.status == 200
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=_PATIENCE) == 0
            assert becomes_true(lambda: _is_empty(server.pid)), "somebody of its session is left"
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def test_the_embedded_worker_runs_a_task() -> None:
    from config.celery import app

    done = threading.Event()

    @app.task(name="config.tests.embedded", ignore_result=True)
    def finish() -> None:
        done.set()

    stop = threading.Event()
    worker = threading.Thread(target=serving.run_celery_worker, args=(stop,), daemon=True)
    with app.connection_or_acquire() as connection:
        if connection.transport.driver_type != "memory":
            pytest.skip("the queue is not this process's memory: unset REDIS_URL")
    app.control.purge()  # what other tests of this process sent would run first
    worker.start()
    try:
        finish.delay()
        assert done.wait(_PATIENCE)
    finally:
        stop.set()
        worker.join(_PATIENCE)
        app.tasks.unregister("config.tests.embedded")
    assert not worker.is_alive()


def test_the_embedded_clock_stops_when_told() -> None:
    stop = threading.Event()
    clock = threading.Thread(target=serving.run_celery_beat, args=(stop,), daemon=True)
    clock.start()
    stop.set()
    clock.join(_PATIENCE)
    assert not clock.is_alive()


@pytest.mark.usefixtures("registry")
def test_a_background_thread_that_fails_is_started_again() -> None:
    attempts = 0
    again = threading.Event()

    def run(stop: threading.Event) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise RuntimeError("first time")
        again.set()
        stop.wait()

    serving.register_background("test", run, embedded_only=False)
    stop = threading.Event()
    with configured(task_queue_service=TaskQueueConfigService(broker_url="amqp://h/v")):
        threads = serving.start_background(stop)
    assert [thread.name for thread in threads] == ["test"]
    assert again.wait(_PATIENCE)
    stop.set()
    threads[0].join(_PATIENCE)
    assert attempts == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite alone has a log that goes with its last connection")
def test_while_it_serves_the_log_of_sqlite_outlives_the_connection_of_a_request(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    file, stop, opened = tmp_path / "loupe.sqlite3", threading.Event(), threading.Event()

    def hold() -> None:
        connection.settings_dict = {**connection.settings_dict, "NAME": str(file)}
        with django_db_blocker.unblock():
            connection.ensure_connection()
            opened.set()
            serving.hold_database_open(stop)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert opened.wait(_PATIENCE)
        with closing(sqlite3.connect(file)) as request, request:
            request.execute("CREATE TABLE written (by_a_request)")
        assert file.with_name("loupe.sqlite3-wal").stat().st_size > 0
    finally:
        stop.set()
        holder.join(_PATIENCE)
    assert not file.with_name("loupe.sqlite3-wal").exists()


@pytest.mark.usefixtures("registry")
def test_two_threads_of_one_name_are_refused() -> None:
    serving.register_background("test", lambda stop: None)
    with pytest.raises(ValueError, match="test"):
        serving.register_background("test", lambda stop: None)


def test_one_process_only_where_the_queue_is_its_memory() -> None:
    with (
        configured(task_queue_service=TaskQueueConfigService(), cache_service=CacheConfigService()),
        pytest.raises(CommandError, match="--workers must be 1"),
    ):
        call_command("serve", "--workers", "2", "--port", "0")


def _is_empty(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
