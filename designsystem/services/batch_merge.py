"""The results of a batch as one token set: read one at a time, under a lease that is renewed while it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from designsystem.engine.exporters import dtcg, resolver
from designsystem.engine.tokens.conflicts import Conflict
from designsystem.engine.tokens.merge import Merged, merge
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import Batch, BatchItemState, BatchState, Extraction
from designsystem.models.lease import DATABASE_AWAY, MAX_ATTEMPTS
from designsystem.services.batches import MERGE_FAILED
from designsystem.services.webhook_events import WebhookEvents

logger = structlog.get_logger(__name__)

_LEASE = timedelta(minutes=2)
_RENEWED_EVERY = 200  # documents


class _LeaseLost(Exception):
    """Another worker merges now, or the batch was cancelled."""


@dataclass(frozen=True, slots=True)
class BatchMerge:
    def run(self, key: uuid.UUID) -> None:
        """Merge what the pictures of a batch gave, unless somebody else does or did."""
        batch = _claim(key)
        if batch is None:
            return
        try:
            if batch.attempts > MAX_ATTEMPTS:
                raise RuntimeError("merging ended every worker")
            merged = merge(_token_sets(batch))
            outcome = {"document": dtcg.export(merged.token_set), "resolver": resolver.export(merged)}
        except _LeaseLost:
            return
        except DATABASE_AWAY:  # the sweeper sends it again
            logger.exception("database_away", batch=str(key))
        except Exception:
            logger.exception("merge_failed", batch=str(key))
            detail = "Merging the results failed on our side; the items have them one by one."
            _settle(batch, state=BatchState.FAILED, error_code=MERGE_FAILED, error_detail=detail)
        else:
            _settle(batch, state=BatchState.DONE, conflicts=_told(merged), **outcome)


def _claim(key: uuid.UUID) -> Batch | None:
    """`attempts` is the fencing token, as with items."""
    now = timezone.now()
    free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
    restricting = models.Exists(User.objects.restricted().filter(pk=models.OuterRef("owner")))
    claimed = Batch.objects.filter(free, ~restricting, pk=key, state=BatchState.MERGING).update(
        lease_until=now + _LEASE, attempts=models.F("attempts") + 1, changed_at=now
    )
    return Batch.objects.get(pk=key) if claimed else None


def _token_sets(batch: Batch) -> Iterator[TokenSet]:
    done = Extraction.objects.filter(batch_item__batch=batch, batch_item__state=BatchItemState.DONE)
    documents = done.order_by("batch_item__position").values_list("document", flat=True)
    mine = Batch.objects.filter(pk=batch.pk, state=BatchState.MERGING, attempts=batch.attempts)
    for number, document in enumerate(documents.iterator(chunk_size=_RENEWED_EVERY)):
        if number % _RENEWED_EVERY == 0 and not mine.update(lease_until=timezone.now() + _LEASE):
            raise _LeaseLost
        yield from_dtcg(document)


def _settle(batch: Batch, **columns: Any) -> None:
    with transaction.atomic():
        locked = Batch.objects.locked(batch.pk)
        if locked.state == BatchState.MERGING and locked.attempts == batch.attempts:
            locked.change(lease_until=None, finished_at=timezone.now(), **columns)
            WebhookEvents().batch_ended(locked)


def _told(merged: Merged) -> list[dict[str, Any]]:
    return [_conflict(each) for each in merged.conflicts]


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "kind": conflict.kind.value,
        "token": ".".join(conflict.path),
        "theme": str(conflict.theme) or None,
        "choices": [{"value": each.text, "pictures": each.pictures} for each in conflict.choices],
    }
