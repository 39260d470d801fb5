"""For tests: another configuration for the time of a block, without patching and without the environment; and patience
for what happens in another thread.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, models
from pydantic import SecretStr

from config.orchestrator import ConfigServiceOrchestrator, get_orchestrator, replace_orchestrator
from config.services.model import ConfigService
from config.services.storage import StorageConfigService


@contextmanager
def configured(**services: ConfigService) -> Iterator[ConfigServiceOrchestrator]:
    """Inside the block `get_orchestrator()` answers with these services in place of its own, in every thread.

    Django's settings stay as they are: they were made at start.
    """
    double = replace(get_orchestrator(), **services)  # type: ignore[arg-type]  # names are checked by replace
    earlier = replace_orchestrator(double)
    try:
        yield double
    finally:
        replace_orchestrator(earlier)


@contextmanager
def s3_service() -> Iterator[StorageConfigService]:
    """The configuration of an empty bucket at a server on this machine (moto); the test is skipped without one."""
    import pytest

    moto = pytest.importorskip("moto.server", reason="moto is missing: no server here speaks S3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield StorageConfigService(
            backend="s3",
            s3_bucket=f"pictures-{uuid.uuid4()}",  # moto keeps its buckets for the life of the process
            s3_prefix="loupe/",
            s3_region="eu-central-1",
            s3_endpoint=f"http://{host}:{port}",
            s3_access_key_id=SecretStr("made-up-id"),
            s3_secret_access_key=SecretStr("made-up-key"),
        )
    finally:
        server.stop()


@contextmanager
def row_held(row: models.Model) -> Iterator[None]:
    """Another connection holds the row (PostgreSQL): inside the block no worker gets past it, however fast it is."""
    holder = connection.copy()
    table, key = row._meta.db_table, row._meta.pk.column
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE {key} = %s FOR UPDATE", [row.pk])  # noqa: S608 - our own names
        yield
    finally:
        holder.rollback()
        holder.close()


def becomes_true(condition: Callable[[], bool], seconds: float = 300) -> bool:
    """Whether the condition holds before the time is over; asked again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def until_somebody_waits_for_a_lock() -> None:
    """Return when a connection waits for what another one holds (PostgreSQL); AssertionError when none ever does."""
    assert becomes_true(_somebody_waits), "nobody waits for a lock"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
