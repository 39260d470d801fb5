"""The lists of /api/admin/ with their filters, alone and together, from the top and from deep inside; analytics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from adminpanel.api.users import STATES
from adminpanel.benchmarks.many_rows import actor, email, request_id, target
from adminpanel.benchmarks.timing import Question
from adminpanel.models import BulkJob
from adminpanel.services.series import DERIVED, SERIES
from audit.models import AuditLog
from config.api.pagination import cursor_at

_ROOT = "/api/admin"
_MIDDLE = "80000000-0000-4000-8000-000000000000"  # of UUIDs made by chance
_TRAIL: tuple[dict[str, str], ...] = (
    {},
    {"action": "authentication.login"},
    {"action": "account.suspended"},
    {"action": "extraction.created"},  # none for most of a year
    {"action": "account.erased"},  # never
    {"outcome": "success"},
    {"outcome": "refused"},
    {"outcome": "failed"},
    {"actor": actor(77)},
    {"actor": actor(0)},
    {"target": target(5)},
    {"request_id": request_id(99)},
    {"action": "authentication.login", "outcome": "refused"},
    {"actor": actor(77), "action": "authentication.login"},
    {"actor": actor(0), "outcome": "refused"},  # of a million none
    {"actor": actor(0), "action": "account.suspended"},
    {"actor": actor(0), "action": "extraction.created"},
    {"target": target(5), "outcome": "refused"},
)


@dataclass(frozen=True, slots=True)
class Routes:
    """`client` may read everything; `job` is a bulk job with many rows."""

    client: APIClient
    job: BulkJob
    now: datetime

    @classmethod
    def of(cls, client: APIClient, job: BulkJob) -> Routes:
        return cls(client, job, timezone.now())

    def lists(self) -> Iterator[Question]:
        yield from self._users()
        yield from self._trail()
        rows = f"bulk/{self.job.pk}/rows"
        yield self._get(f"bulk/{self.job.total:,}", f"bulk/{self.job.pk}")
        yield self._get("bulk/rows", rows)
        yield self._get("bulk/rows, pending", rows, {"outcome": "pending"})
        yield self._get("bulk/rows, refused", rows, {"outcome": "refused"})
        yield self._get("bulk/rows, expected refused", rows, {"expected": "refused"})
        middle = (
            self.job.rows.annotate(created_at=F("job__created_at")).filter(user_id__lt=_MIDDLE).order_by("-user_id")
        )
        yield self._deep("bulk/rows", rows, {}, middle, "user_id")
        for path in ("roles", "roles/permissions", "approvals", "system"):
            yield self._get(path, path)

    def analytics(self) -> Iterator[Question]:
        """A year of days of every series, and the overview."""
        year = {"since": (self.now - timedelta(days=365)).isoformat(), "until": self.now.isoformat()}
        for series in (*SERIES, *DERIVED):
            yield self._get(f"analytics/{series}, a year of days", f"analytics/{series}", year)
        quarter = {**year, "since": (self.now - timedelta(days=92)).isoformat(), "grain": "hour"}
        yield self._get("analytics/log_ins, 92 days of hours", "analytics/log_ins", quarter)
        yield self._get("analytics/overview, 366 days", "analytics/overview", {"days": "366"})

    def _users(self) -> Iterator[Question]:
        middle = self._ago(180)
        for state, filters in {"": {}, **STATES}.items():
            query, label = {"state": state} if state else {}, f"users{state and f', {state}'}"
            yield self._get(label, "users", query)
            found = User.objects.filter(**filters, created_at__lt=middle).order_by("-created_at")
            yield self._deep(label, "users", query, found)
            yield self._get(f"{label}, of one day", "users", {**query, **self._day(180, "created_")})
        yield self._get("users, 200 a page", "users", {"page_size": "200"})
        body = {"email": email(77)}
        yield Question("users/search", partial(self.client.post, f"{_ROOT}/users/search", body, "json"))

    def _trail(self) -> Iterator[Question]:
        middle = self._ago(180)
        for query in _TRAIL:
            label = " ".join(["audit", *(f"{name}={text[:40]}" for name, text in query.items())])
            yield self._get(label, "audit", query)
            rows = AuditLog.objects.annotate(created_at=F("occurred_at")).filter(**query)
            found = rows.filter(occurred_at__lt=middle).order_by("-occurred_at")
            yield self._deep(label, "audit", query, found)
            yield self._get(f"{label}, of one day", "audit", {**query, **self._day(180)})
        yield self._get("audit, 200 a page", "audit", {"page_size": "200"})

    def _get(self, name: str, path: str, query: dict[str, str] | None = None) -> Question:
        return Question(name, partial(self.client.get, f"{_ROOT}/{path}", query or {}))

    def _deep(self, name: str, path: str, query: dict[str, str], found: QuerySet[Any], key: str = "pk") -> Question:
        """From the first row `found` on, or from the beginning when there is none."""
        row = found.first()
        cursor = {"cursor": cursor_at(row, f"{_ROOT}/{path}", key)} if row else {}
        return self._get(f"{name}, deep", path, {**query, **cursor})

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def _day(self, days: int, prefix: str = "") -> dict[str, str]:
        return {f"{prefix}since": self._ago(days).isoformat(), f"{prefix}until": self._ago(days - 1).isoformat()}
