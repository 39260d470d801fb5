"""Batches that wait for names, sent and looked after by hand, and what became of them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from designsystem.models import Batch, MessageBatch, ModelSpending, Provider
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_naming import BatchNaming
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload
from designsystem.tests import pictures
from designsystem.tests.services.test_naming import PRICE

HALF = PRICE / 2
SCREENS = [pictures.page(), pictures.page(accent="#e03131"), pictures.page(accent="#2f9e44")]


def measured(owner: Any, provider: Provider = Provider.HYBRID, screens: int = 3) -> Batch:
    """A batch whose items are measured and wait for their names."""
    uploads = [Upload(f"/{n}", f"{n}.png", partial(bytes, each)) for n, each in enumerate(SCREENS[:screens])]
    batch = BatchService().create(owner, Pictures(uploads=uploads), Options(pixel_ratio=1.0, provider=provider))
    for key in batch.items.order_by("position").values_list("pk", flat=True):
        BatchWorker().run(key)
    return batch


def due() -> None:
    """The time until somebody looks again is over."""
    MessageBatch.objects.update(due_at=timezone.now())


def asked(batch: Batch) -> MessageBatch:
    """The Message Batch of a measured batch, sent."""
    BatchNaming().gather(batch.pk)
    row = MessageBatch.objects.get()
    BatchNaming().work(row.pk)
    row.refresh_from_db()
    return row


def looked_after(row: MessageBatch) -> None:
    due()
    BatchNaming().work(row.pk)


def named(batch: Batch) -> Batch:
    looked_after(asked(batch))
    return merged(batch)


def merged(batch: Batch) -> Batch:
    BatchMerge().run(batch.pk)
    batch.refresh_from_db()
    return batch


def states(batch: Batch) -> Counter[str]:
    return Counter(batch.items.values_list("state", flat=True))


def notes(batch: Batch) -> list[str]:
    return list(batch.items.order_by("position").values_list("extraction__naming_error", flat=True))


def spent() -> Decimal:
    return ModelSpending.objects.get().dollars
