"""The Celery application: `celery -A config.celery worker`, `celery -A config.celery beat`.

Two queues: a worker without `-Q` serves both, one with `-Q celery` or `-Q webhooks` only that.
"""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("loupe", task_cls="audit.celery_task:AuditedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_queues = [Queue("celery"), Queue("webhooks")]
# a receiver may take as long as it is allowed to; no picture waits for it where workers of their own deliver
app.conf.task_routes = {"designsystem.deliver_webhook": {"queue": "webhooks"}}
app.conf.beat_schedule = {
    "deliver what waits in the outbox": {"task": "accounts.deliver_outbox", "schedule": 60.0},
    "let go what is over": {"task": "accounts.purge_expired", "schedule": 3600.0},
    "send lost extractions again": {"task": "designsystem.sweep_extractions", "schedule": 15.0},
    "send lost validations again": {"task": "designsystem.sweep_validations", "schedule": 15.0},
    "send lost items of batches again": {"task": "designsystem.sweep_batches", "schedule": 5.0},
    "send webhooks that are due again": {"task": "designsystem.sweep_webhooks", "schedule": 15.0},
    "send lost bulk jobs again": {"task": "adminpanel.sweep_bulk", "schedule": 30.0},
    "count the hours that are over": {"task": "adminpanel.roll_up_analytics", "schedule": 600.0},
    "see whether anybody works": {"task": "config.canary", "schedule": 30.0},
}
