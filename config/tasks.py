"""The tasks of the house itself."""

from __future__ import annotations

from celery import shared_task

from config.canary import sing
from config.models import IdempotentRequest


@shared_task(name="config.forget_idempotent_requests")
def forget_idempotent_requests() -> None:
    IdempotentRequest.objects.over().delete()


@shared_task(name="config.canary")
def canary() -> None:
    sing()
