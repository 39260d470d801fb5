"""Sends tasks by name, once what they need is committed. Services know no Celery, tasks call services."""

from __future__ import annotations

import uuid
from functools import partial

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app

EXTRACT = "designsystem.extract"
VALIDATE = "designsystem.validate"
WORK_BATCH_ITEM = "designsystem.work_batch_item"
MERGE_BATCH = "designsystem.merge_batch"
DELIVER_WEBHOOK = "designsystem.deliver_webhook"
GATHER_QUESTIONS = "designsystem.gather_questions"
WORK_MESSAGE_BATCH = "designsystem.work_message_batch"
logger = structlog.get_logger(__name__)


def extract_on_commit(key: uuid.UUID) -> None:
    """Has the extraction measured by a worker."""
    send_on_commit(EXTRACT, key)


def send_on_commit(name: str, key: uuid.UUID) -> None:
    """Has a worker do the task of this name with the row."""
    transaction.on_commit(partial(send, name, key))


def send(name: str, key: uuid.UUID) -> None:
    """A broker that is away loses nothing: the row waits, and the sweeper sends it again."""
    if name not in app.tasks:
        app.loader.import_default_modules()  # a web server has imported no task yet
    try:
        app.tasks[name].apply_async((str(key),), retry=False)
    except (OperationalError, ConnectionError):
        logger.warning("task_not_sent", task=name, key=str(key))
