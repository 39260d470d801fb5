"""One entry of the trail as a row: opaque ids, never the encrypted part."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from accounts.models import ApiKey, AuthSession, User
from adminpanel.console.pages import link, short
from audit.models import AuditLog

ENTRY_COLUMNS = ("When", "What", "Outcome", "By", "About", "Details")
_MOST_SHOWN = 3
_MODELS = {"user": User, "authsession": AuthSession, "apikey": ApiKey}


def entry_row(request: HttpRequest, entry: AuditLog) -> list[Any]:
    """Under ENTRY_COLUMNS."""
    return [
        link(request, AuditLog, entry.pk, f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}"),
        entry.action,
        entry.outcome,
        named(request, entry.actor),
        named(request, entry.target),
        details_of(entry),
    ]


def named(request: HttpRequest, reference: str) -> Any:
    """ "user:<id>", as a link for those who may see what it names."""
    kind, _, key = reference.partition(":")
    model = _MODELS.get(kind)
    if model is None:
        return reference or "–"
    try:
        UUID(key)
    except ValueError:
        return reference
    return link(request, model, key, f"{kind}:{short(key)}")


def details_of(entry: AuditLog) -> str:
    """Plain by the allow-list of the trail; of long lists the first and how many there are."""
    found: dict[str, Any] = json.loads(entry.details)
    return "; ".join(f"{name}: {_told(value)}" for name, value in found.items())


def _told(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    more = f" and {len(value) - _MOST_SHOWN} more" if len(value) > _MOST_SHOWN else ""
    return ", ".join(map(str, value[:_MOST_SHOWN])) + more
