"""What runs here: the configuration without its secrets, what is wrong with it, versions, and what waits."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import OutboxMessage
from adminpanel.models import BulkOutcome, BulkRow, BulkState
from audit.models import Unsealed
from config.canary import queue_depth
from config.inspection import inspect_all
from config.orchestrator import get_orchestrator
from config.problems import Problem
from designsystem.models import BatchItem, Extraction, Validation, WebhookDelivery
from designsystem.models.batch import WAITING

MOST_COUNTED = 100_000  # whoever asks every minute must not read a table to its end
_PACKAGES = ("loupe", "django", "djangorestframework", "celery", "cryptography", "numpy", "pillow")


def describe() -> dict[str, Any]:
    """Plain values; a secret is a mask, also inside a URL."""
    orchestrator = get_orchestrator()
    report = orchestrator.report()
    return {
        "environment": orchestrator.environment.value,
        "versions": {"python": platform.python_version(), "database": _database(), **_versions()},
        "configuration": [each.as_row() for each in inspect_all(orchestrator)],
        "problems": [_problem(each) for each in report.problems],
        "silenced": [{**_problem(each), "reason": reason} for each, reason in report.silenced],
        "waiting": waiting(),
    }


def waiting() -> dict[str, int]:
    """How much work of each kind nobody has done yet, counted to MOST_COUNTED; without `queue` when the broker does not
    answer.
    """
    depth = queue_depth()
    kinds: dict[str, QuerySet[Any]] = {
        "outbox": OutboxMessage.objects.all(),
        "extractions": Extraction.objects.claimable(),
        "validations": Validation.objects.claimable(),
        "batch_pictures": BatchItem.objects.filter(state__in=WAITING),
        "webhook_deliveries": WebhookDelivery.objects.claimable(),
        "bulk_rows": BulkRow.objects.filter(job__state=BulkState.RUNNING, outcome=BulkOutcome.PENDING),
        "unsealed_entries": Unsealed.objects.all(),
    }
    return {
        **{kind: rows.order_by().values("pk")[:MOST_COUNTED].count() for kind, rows in kinds.items()},
        **({} if depth is None else {"queue": depth}),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"id": problem.id, "level": problem.level, **asdict(problem)}


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a checkout, Loupe itself is no installed package
            found[name] = "not installed as a package"
    return found


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return f"{connection.vendor} {cursor.fetchone()[0]}"
