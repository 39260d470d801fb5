"""What workers do. A task takes ids, holds no rule and may run twice."""

from __future__ import annotations

import uuid

from celery import shared_task

from designsystem import dispatch
from designsystem.services.extraction import ExtractionWorker
from designsystem.services.uploads import UploadService


@shared_task(name=dispatch.EXTRACT)
def extract(key: str) -> None:
    ExtractionWorker().run(uuid.UUID(key))


@shared_task(name="designsystem.sweep_extractions")
def sweep_extractions() -> None:
    """Sends again what a broker or a worker lost, and sets aside what ended too many workers."""
    for key in ExtractionWorker().sweep():
        dispatch.send(dispatch.EXTRACT, key)


@shared_task(name="designsystem.remove_orphaned_pictures")
def remove_orphaned_pictures() -> None:
    UploadService().remove_orphans()
