"""A worker that dies by -9 while a receiver has its message: another one delivers it, under the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from django.db import connection
from django.utils import timezone

from config.celery import app
from config.services.model import PROJECT_ROOT
from config.testing import becomes_true
from designsystem.models import WebhookDelivery
from designsystem.models.lease import WorkState
from designsystem.services.webhooks import WebhookService
from designsystem.tests.webhooks.messages import webhook
from designsystem.tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

_WORKER = (
    "celery -A config.celery worker -Q webhooks --concurrency 1 --without-gossip --without-mingle --loglevel ERROR"
)


@pytest.fixture
def environment(server: Receiver) -> dict[str, str]:
    """Of workers on the servers of this test, that may reach its receiver."""
    missing = {"DATABASE_URL", "REDIS_URL"} - set(os.environ)
    if missing or connection.vendor != "postgresql":
        pytest.skip(f"{' and '.join(sorted(missing)) or 'PostgreSQL'} is missing: workers are processes of their own")
    address = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    return {
        **os.environ,
        "DATABASE_URL": address.replace(":@", "@"),
        "LOUPE_WEBHOOKS_ALLOW_HTTP": "true",
        "LOUPE_WEBHOOKS_ALLOWED_PORTS": str(server.port),
        "LOUPE_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOUPE_WEBHOOKS_TIMEOUT_SECONDS": "60",
    }


def test_a_delivery_whose_worker_was_killed_arrives_by_another_with_the_same_id(
    alice: Any, server: Receiver, environment: dict[str, str], tmp_path: Path
) -> None:
    made = webhook(alice, server)
    server.silent = True
    with worker(environment, tmp_path) as first:
        WebhookService().ping(made.webhook)
        assert becomes_true(lambda: len(server.got) == 1), said(tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == (WorkState.RUNNING, 1), "whoever died could not say so"
    # as though its lease were over, which the sweeper notices
    WebhookDelivery.objects.update(lease_until=timezone.now())
    app.loader.import_default_modules()
    app.tasks["designsystem.sweep_webhooks"].apply()
    server.silent = False
    with worker(environment, tmp_path):
        assert becomes_true(lambda: WebhookDelivery.objects.filter(state=WorkState.DONE).exists()), said(tmp_path)
    row.refresh_from_db()
    assert (row.attempts, row.status_code, row.error_code, row.lease_until) == (2, 204, "", None)
    assert len(server.got) == 2, "once to the dead worker's credit, once answered"
    assert {headers["webhook-id"] for _, headers, _ in server.got} == {row.message_id}
    assert {body for _, _, body in server.got} == {row.body.encode()}
    for _, headers, body in server.got:
        assert standardwebhooks.Webhook(made.secret).verify(body, headers)["type"] == "webhook.ping"
    assert WebhookDelivery.objects.count() == 1


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the documented command, in a group of its own, which is killed at the end."""
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *_WORKER.split()],
            cwd=PROJECT_ROOT,
            env=environment,
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def said(folder: Path) -> str:
    return (folder / "worker.log").read_text()[-2000:]
