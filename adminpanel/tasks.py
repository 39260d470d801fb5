"""What workers do for the administration. A task takes ids, holds no rule and may run twice."""

from __future__ import annotations

import uuid

from celery import shared_task

from accounts.models import UserTally
from adminpanel import dispatch
from adminpanel.models import BulkJob
from adminpanel.services.analytics import roll_up
from adminpanel.services.bulk_worker import BulkWorker
from designsystem.dispatch import send


@shared_task(name=dispatch.RUN_BULK)
def run_bulk(key: str) -> None:
    """Goes on in a task of its own before the time limit of this one."""
    if not BulkWorker().run(uuid.UUID(key)):
        send(dispatch.RUN_BULK, uuid.UUID(key))


@shared_task(name="adminpanel.sweep_bulk")
def sweep_bulk() -> None:
    """Sends again what a broker or a worker lost."""
    for key in BulkJob.objects.overdue().values_list("pk", flat=True):
        send(dispatch.RUN_BULK, key)


@shared_task(name="adminpanel.roll_up_analytics")
def roll_up_analytics() -> None:
    """Counts the hours that are over, and makes the tally of accounts short again."""
    roll_up()
    UserTally.objects.fold()
