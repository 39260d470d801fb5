"""What the cache holds of credentials, and the marks that make everybody ask the database instead."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.core.cache import BaseCache, caches
from django.db import transaction

from config.orchestrator import get_orchestrator

logger = structlog.get_logger(__name__)

ENTRY_SECONDS = 60
MARK = "ended"


def credential_cache() -> BaseCache | None:
    """The cache, unless it is this process's alone: that one would not hear of what another process ended."""
    return caches["default"] if get_orchestrator().cache_service.shared else None


def user_key(user_id: object) -> str:
    return f"credential:user:{user_id}"


def session_key(session_id: object) -> str:
    return f"credential:session:{session_id}"


def mark_users(user_ids: Iterable[object]) -> None:
    """Call inside the transaction that changes or deletes the users."""
    _mark([user_key(each) for each in user_ids])


def mark_sessions(session_ids: Iterable[object]) -> None:
    """Call inside the transaction that ends the sessions."""
    _mark([session_key(each) for each in session_ids])


def _mark(keys: list[str]) -> None:
    """Before and after the commit: nobody who read the old row in between can bring it back."""
    cache = credential_cache()
    if cache is not None and keys:
        _write(cache, keys)
        transaction.on_commit(lambda: _write(cache, keys))


def _write(cache: BaseCache, keys: list[str]) -> None:
    try:
        cache.set_many(dict.fromkeys(keys, MARK), ENTRY_SECONDS * 2)
    except Exception as error:  # whatever the driver raises
        # entries live a minute: that long a revocation may go unheard while the cache is away
        logger.error("credential_cache_not_marked", error=type(error).__name__, keys=len(keys))
