"""On the embedded profile the worker thread of the web server delivers, as soon as the transaction is committed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from config.celery import app
from config.serving import run_celery_worker
from config.testing import becomes_true
from designsystem.models import WebhookDelivery
from designsystem.models.lease import WorkState
from designsystem.services.webhooks import WebhookService
from designsystem.tests.webhooks.messages import webhook
from designsystem.tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_worker_thread_delivers_after_the_commit(alice: Any, server: Receiver) -> None:
    with app.connection_or_acquire() as broker:
        if broker.transport.driver_type != "memory":
            pytest.skip("the queue is not this process's memory: unset REDIS_URL")
    made = webhook(alice, server).webhook
    app.loader.import_default_modules()
    app.control.purge()  # what other tests of this process sent would run first
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(stop,), daemon=True)
    worker.start()
    try:
        with transaction.atomic():
            WebhookService().ping(made)
            assert server.got == []
        assert becomes_true(lambda: WebhookDelivery.objects.filter(state=WorkState.DONE).exists())
    finally:
        stop.set()
        worker.join(120)
    assert len(server.got) == 1
    assert not worker.is_alive()


def _work(stop: threading.Event) -> None:
    try:
        run_celery_worker(stop)
    finally:
        connection.close()
