"""The tasks of the house itself."""

from __future__ import annotations

from celery import shared_task

from config.canary import sing


@shared_task(name="config.canary")
def canary() -> None:
    sing()
