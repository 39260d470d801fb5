"""What workers do. A task takes ids, holds no rule and may run twice."""

from __future__ import annotations

import uuid

from celery import shared_task

from designsystem import dispatch
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_naming import BatchNaming
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.extraction import ExtractionWorker
from designsystem.services.validation_worker import ValidationWorker
from designsystem.services.webhook_delivery import WebhookWorker


@shared_task(name=dispatch.EXTRACT)
def extract(key: str) -> None:
    ExtractionWorker().run(uuid.UUID(key))


@shared_task(name="designsystem.sweep_extractions")
def sweep_extractions() -> None:
    """Sends again what a broker or a worker lost, and sets aside what ended too many workers."""
    for key in ExtractionWorker().sweep():
        dispatch.send(dispatch.EXTRACT, key)


@shared_task(name=dispatch.VALIDATE)
def validate(key: str) -> None:
    ValidationWorker().run(uuid.UUID(key))


@shared_task(name="designsystem.sweep_validations")
def sweep_validations() -> None:
    """Sends again what a broker or a worker lost, and sets aside what ended too many workers."""
    for key in ValidationWorker().sweep():
        dispatch.send(dispatch.VALIDATE, key)


@shared_task(name=dispatch.WORK_BATCH_ITEM)
def work_batch_item(key: str) -> None:
    BatchWorker().run(uuid.UUID(key))


# reading 100,000 documents takes longer than a picture; a message that the broker gives out twice finds the lease
@shared_task(name=dispatch.MERGE_BATCH, soft_time_limit=7200, time_limit=7260)
def merge_batch(key: str) -> None:
    BatchMerge().run(uuid.UUID(key))


@shared_task(name=dispatch.GATHER_QUESTIONS)
def gather_questions(key: str) -> None:
    BatchNaming().gather(uuid.UUID(key))


# an upload of many pictures takes longer than a picture
@shared_task(name=dispatch.WORK_MESSAGE_BATCH, soft_time_limit=840, time_limit=870)
def work_message_batch(key: str) -> None:
    BatchNaming().work(uuid.UUID(key))


@shared_task(name="designsystem.sweep_batches")
def sweep_batches() -> None:
    """Sends again what a broker or a worker lost, and sets aside what ended too many workers."""
    for name, key in (*BatchWorker().sweep(), *BatchNaming().sweep()):
        dispatch.send(name, key)


@shared_task(name=dispatch.DELIVER_WEBHOOK)
def deliver_webhook(key: str) -> None:
    WebhookWorker().run(uuid.UUID(key))


@shared_task(name="designsystem.sweep_webhooks")
def sweep_webhooks() -> None:
    """Sends what is due again, and what a broker or a worker lost."""
    for key in WebhookWorker().sweep():
        dispatch.send(dispatch.DELIVER_WEBHOOK, key)
