"""What workers do for batches: measure an item under its lease, sweep up what was lost."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from designsystem import dispatch
from designsystem.engine.extract import Extraction as Measured
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import (
    Batch,
    BatchItem,
    BatchItemState,
    BatchState,
    Extraction,
    ExtractionState,
    Provider,
    SourceImage,
)
from designsystem.models.lease import DATABASE_AWAY, OVERDUE
from designsystem.models.source_image import PictureUnavailable
from designsystem.services.batch_outcome import BatchOutcome
from designsystem.services.batches import advance, ended
from designsystem.services.extraction import ExtractionService, defect, outcome_of
from designsystem.services.naming import ModelBusy, NamingService
from designsystem.services.result_cache import copied

logger = structlog.get_logger(__name__)

_PAUSE = 5.0  # seconds before a storage or database that did not answer is asked again


@dataclass(frozen=True, slots=True)
class _Result:
    """The columns of an item's extraction and its kept picture; `to_name` are tokens that wait for their names."""

    columns: dict[str, Any]
    image: SourceImage
    to_name: TokenSet | None = None


@dataclass(frozen=True, slots=True)
class BatchWorker:
    service: ExtractionService = field(default_factory=ExtractionService)
    naming: NamingService = field(default_factory=NamingService)
    outcome: BatchOutcome = field(default_factory=BatchOutcome)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def run(self, key: uuid.UUID) -> None:
        """Measure the picture of an item, unless somebody else does or did."""
        item = BatchItem.objects.select_related("batch__owner", "image").claim(key)
        if item is None:
            return
        try:
            self._measure(item)
        except OSError as error:
            logger.exception("storage_away", item=str(key))
            self._storage_away(item, error)
        except DATABASE_AWAY:
            logger.exception("database_away", item=str(key))
            item.database_was_away(_PAUSE)
        except ModelBusy as busy:
            item.postpone(busy.delay)
        except DomainError as error:
            self._fail(item, error)
        except Exception:
            logger.exception("batch_item_failed", item=str(key))
            self._fail(item, defect())

    def sweep(self, limit: int = 1000) -> Iterator[tuple[str, uuid.UUID]]:
        """Set poison aside, start what stands still; the tasks that must be sent again."""
        for key, batch in list(BatchItem.objects.poison().values_list("pk", "batch")[:limit]):
            self._quarantine(key, batch)
        keys = list(BatchItem.objects.overdue().order_by("queued_at").values_list("pk", flat=True)[:limit])
        BatchItem.objects.filter(pk__in=keys).update(queued_at=timezone.now())
        yield from ((dispatch.WORK_BATCH_ITEM, key) for key in keys)
        still = timezone.now() - OVERDUE
        idle = Batch.objects.filter(changed_at__lt=still).order_by("changed_at")
        for batch in list(idle.filter(state=BatchState.RUNNING).values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                advance(Batch.objects.locked(batch))
        for batch in list(idle.filter(state=BatchState.MERGING).values_list("pk", flat=True)[:limit]):
            yield dispatch.MERGE_BATCH, batch

    def _measure(self, item: BatchItem) -> None:
        batch = item.batch
        content = item.read()
        if content is None:
            raise _deleted()
        result = self._result(item, content)
        image = result.image
        row = _extraction(item, result.columns)
        row.image = image
        storage, file = item.file.storage, item.file.name
        with transaction.atomic():
            locked = Batch.objects.locked(batch.pk)
            state = BatchItemState.NAMING if result.to_name else BatchItemState.DONE
            if not item.settle(state, image=image, file=""):
                return  # another worker took it over
            if SourceImage.objects.held(pk=image.pk) is None:
                raise _deleted()
            row.state = ExtractionState.NAMING if result.to_name else ExtractionState.DONE
            row.save(force_insert=True)
            item.extraction = row
            item.save(update_fields=["extraction"])
            if result.to_name:
                self.outcome.measured(locked, item, result.to_name)
            else:
                self.audit.record(
                    Action.EXTRACTION_CREATED, target=row, details={"state": row.state, "provider": row.provider}
                )
                ended(locked, BatchItemState.DONE)
            if file:
                transaction.on_commit(lambda: storage.delete(file))

    def _result(self, item: BatchItem, content: bytes) -> _Result:
        """Measured and named, copied when the result is known, or measured and to be named with others."""
        batch, provider = item.batch, Provider(item.batch.provider)
        key = self.service.results.key(hashlib.sha256(content).hexdigest(), provider, batch.pixel_ratio_asked)
        known = self.service.results.find(batch.owner, key)
        if known is not None:
            return _Result(copied(known), known.image)
        found = self.service.measure(content, batch.pixel_ratio_asked, "")
        if provider is not Provider.LOCAL and self.outcome.client.settings.message_batches:
            columns = {**outcome_of(found, found.token_set), "result_key": key}
            return _Result(columns, self._kept(item, content, found), found.token_set)
        naming = self.naming.name(found, batch.owner, provider, item.model_attempts + 1)
        columns = {**outcome_of(found, naming.token_set), **naming.columns, "result_key": naming.result_key(key)}
        return _Result(columns, self._kept(item, content, found))

    def _kept(self, item: BatchItem, content: bytes, found: Measured) -> SourceImage:
        if item.image:
            return item.image
        uploads = self.service.uploads
        return uploads.keep(item.batch.owner, content, item.name, found.raster, stored_as=str(item.file))[0]

    def _storage_away(self, item: BatchItem, error: OSError) -> None:
        if item.attempts < item.attempts_allowed:
            item.release(_PAUSE)
            return
        self._fail(item, error if isinstance(error, DomainError) else PictureUnavailable())

    def _fail(self, item: BatchItem, error: DomainError) -> None:
        with transaction.atomic():
            try:
                batch = Batch.objects.locked(item.batch_id)
            except Batch.DoesNotExist:
                return  # erased with its owner meanwhile
            if item.settle(BatchItemState.FAILED, error_code=error.code, error_detail=error.message):
                ended(batch, BatchItemState.FAILED)

    def _quarantine(self, key: uuid.UUID, batch: uuid.UUID) -> None:
        with transaction.atomic():
            locked = Batch.objects.locked(batch)
            set_aside = BatchItem.objects.poison().filter(pk=key)
            if set_aside.update(
                state=BatchItemState.QUARANTINED,
                error_code="quarantined",
                error_detail="Measuring this picture ended the worker every time it was tried.",
                finished_at=timezone.now(),
                lease_until=None,
            ):
                logger.error("batch_item_quarantined", item=str(key), batch=str(batch))
                ended(locked, BatchItemState.QUARANTINED)


def _deleted() -> DomainError:
    return DomainError("image_not_found", "The picture was deleted before it was measured.", Kind.NOT_FOUND)


def _extraction(item: BatchItem, columns: dict[str, Any]) -> Extraction:
    batch, now = item.batch, timezone.now()
    return Extraction(
        owner=batch.owner,
        name=item.name,
        provider=batch.provider,
        design_system=batch.design_system,
        pixel_ratio_asked=batch.pixel_ratio_asked,
        attempts=item.attempts,
        started_at=item.started_at,
        finished_at=now,
        **columns,
    )
