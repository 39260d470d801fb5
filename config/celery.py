"""The Celery application: `celery -A config.celery worker`, `celery -A config.celery beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("loupe", task_cls="audit.celery_task:AuditedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "send lost extractions again": {"task": "designsystem.sweep_extractions", "schedule": 15.0},
    "forget old idempotency keys": {"task": "config.forget_idempotent_requests", "schedule": 3600.0},
}
