"""What runs beside the web server in its process: the registry of background threads, and their care.

On the embedded profile there is no other process, so Celery's worker and its clock run here too. An app adds a thread
of its own in its AppConfig.ready(): `register_background("audit-sealer", run, embedded_only=False)`.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from config.orchestrator import get_orchestrator

logger = structlog.get_logger(__name__)

Run = Callable[[threading.Event], None]
"""Works until the event is set, and looks at it at least once a second."""

_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Background:
    """`embedded_only`: elsewhere a process of its own does this work."""

    name: str
    run: Run
    embedded_only: bool = True


_registry: dict[str, Background] = {}


def register_background(name: str, run: Run, *, embedded_only: bool = True) -> None:
    """Has `run(stop)` started in a thread of every serving process. ValueError when the name is taken by another."""
    known = _registry.get(name)
    if known is not None and known.run is not run:
        raise ValueError(f"two background threads are called {name}")
    _registry[name] = Background(name, run, embedded_only)


def registered() -> tuple[Background, ...]:
    return tuple(_registry.values())


def start_background(stop: threading.Event) -> list[threading.Thread]:
    """Starts what this profile needs. A thread that fails is logged and started again, each time a little later."""
    embedded = get_orchestrator().embedded
    chosen = [each for each in registered() if embedded or not each.embedded_only]
    if embedded:
        chosen += [Background("celery-worker", run_celery_worker), Background("celery-beat", run_celery_beat)]
        if get_orchestrator().database_service.engine == "sqlite":
            chosen.append(Background("database-open", hold_database_open))
    threads = [
        threading.Thread(target=_keep_running, args=(each, stop), name=each.name, daemon=True) for each in chosen
    ]
    for thread in threads:
        thread.start()
    return threads


def asgi() -> Any:
    """The ASGI application with its background threads; the server calls this once in each worker process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.asgi import application

    _start_until_exit()
    return application


def wsgi() -> Any:
    """The WSGI application with its background threads."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.wsgi import application

    _start_until_exit()
    return application


def run_celery_worker(stop: threading.Event) -> None:
    """A Celery worker in this process, for a broker that is this process's memory."""
    from config.celery import app

    worker = app.WorkController(
        hostname="embedded@localhost",
        pool_cls="threads",
        concurrency=1,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    stopper = threading.Thread(target=_when(stop, worker.stop), name="celery-worker-stop", daemon=True)
    stopper.start()
    worker.start()


def run_celery_beat(stop: threading.Event) -> None:
    """Celery's clock in this process. It keeps nothing on disk: after a start every interval begins anew."""
    from celery.beat import Scheduler, Service

    from config.celery import app

    clock = Service(app, max_interval=1, scheduler_cls=Scheduler)
    stopper = threading.Thread(target=_when(stop, clock.stop), name="celery-beat-stop", daemon=True)
    stopper.start()
    clock.start(embedded_process=False)


def hold_database_open(stop: threading.Event) -> None:
    """One connection that stays open. SQLite moves its log into the file and deletes it whenever the last connection
    closes: after nearly every request, which would take a third of the time of a log-in.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master")
    stop.wait()
    connection.close()


def _start_until_exit() -> None:
    stop = threading.Event()
    threads = start_background(stop)

    def finish() -> None:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)

    atexit.register(finish)


def _keep_running(background: Background, stop: threading.Event) -> None:
    from django.db import close_old_connections

    pause = 1.0
    while not stop.is_set():
        try:
            background.run(stop)
            return
        except Exception:  # a thread that dies unseen is worse than one that starts again
            logger.exception("background_failed", background=background.name, again_in_seconds=pause)
        finally:
            close_old_connections()
        stop.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _when(stop: threading.Event, act: Callable[[], object]) -> Callable[[], None]:
    def wait() -> None:
        stop.wait()
        act()

    return wait
