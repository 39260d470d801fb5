"""Batches: many pictures taken in, a few of them in the queue at a time, cancelled, tried again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.storage import StorageConfigService
from designsystem import dispatch
from designsystem.models import Batch, BatchItem, BatchItemState, BatchState, Provider, SourceImage
from designsystem.models.batch import IN_FLIGHT, RETRIABLE, WAITING
from designsystem.models.lease import MAX_ATTEMPTS
from designsystem.models.source_image import StorageFull, not_stored
from designsystem.services.archives import POINTER as ARCHIVE
from designsystem.services.archives import ArchiveReader, Entry
from designsystem.services.batch_files import remove_files
from designsystem.services.extraction import Options, Upload
from designsystem.services.owners import hold_owner
from designsystem.services.webhook_events import WebhookEvents

WINDOW = 64  # items of one batch that the queue holds: enough for many workers, and no batch shuts out another
MERGE_FAILED = "merge_failed"
QUESTIONS = 100  # of one Message Batch at most
_CHUNK = 1000  # rows that are written at once


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a batch is made of: pictures that come along, an archive of them, or the ids of kept ones."""

    uploads: Sequence[Upload] = ()
    archive: IO[bytes] | None = None
    images: Sequence[uuid.UUID] = ()


@dataclass(frozen=True, slots=True)
class BatchService:
    storage: StorageConfigService = field(default_factory=lambda: get_orchestrator().storage_service)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def create(self, owner: User, pictures: Pictures, options: Options) -> Batch:
        """A batch under way. Pictures are looked at by workers, so a bad one becomes a failed item.

        One that there is no room for does too. DomainError when there is nothing to do, too much of it, an image that
        is not there, a storage that does not answer or has no room for any, or an account that was erased.
        """
        self._check_count(len(pictures.uploads) + len(pictures.images))
        batch = Batch(
            owner=owner,
            name=options.name,
            provider=options.provider,
            pixel_ratio_asked=options.pixel_ratio,
            design_system=options.design_system,
        )
        try:
            with transaction.atomic():
                batch.save(force_insert=True)
                batch.total = self._write(self._items(batch, pictures))
                self._check_not_empty(batch.total, "/pictures" if pictures.archive is None else ARCHIVE)
                _check_room(batch)
                hold_owner(owner)  # last, as whoever changes the account waits for it
                batch.failed = batch.items.filter(state=BatchItemState.FAILED).count()
                batch.save(update_fields=["total", "failed"])
                self.audit.record(
                    Action.BATCH_CREATED, target=batch, details={"count": batch.total, "provider": batch.provider}
                )
                advance(batch)
        except BaseException:
            remove_files(batch)
            raise
        return batch

    def cancel(self, batch: Batch) -> Batch:
        """Nothing new is begun; what a worker has in hand is finished and kept, what waits for a model goes without.

        DomainError when it had ended.
        """
        with transaction.atomic():
            locked = Batch.objects.locked(batch.pk)
            if locked.state not in (BatchState.RUNNING, BatchState.MERGING):
                raise DomainError("batch_ended", f"The batch is {locked.state}.", Kind.CONFLICT)
            now = timezone.now()
            stopped = locked.items.filter(state__in=WAITING).update(state=BatchItemState.CANCELLED, finished_at=now)
            locked.change(state=BatchState.CANCELLED, cancelled=locked.cancelled + stopped, finished_at=now)
            self.audit.record(Action.BATCH_CANCELLED, target=locked, details={"count": stopped})
            WebhookEvents().batch_ended(locked)
            if locked.waiting:
                dispatch.send_on_commit(dispatch.GATHER_QUESTIONS, locked.pk)
        return locked

    def retry(self, batch: Batch) -> Batch:
        """Try again what failed, was set aside or cancelled; DomainError while it runs or when there is nothing."""
        with transaction.atomic():
            locked = Batch.objects.locked(batch.pk)
            if locked.state in (BatchState.RUNNING, BatchState.MERGING):
                raise DomainError("batch_under_way", f"The batch is {locked.state}.", Kind.CONFLICT)
            again = locked.items.filter(state__in=RETRIABLE).exclude(image=None, file="")
            count = again.update(
                state=BatchItemState.PENDING,
                attempts_allowed=models.F("attempts") + MAX_ATTEMPTS,
                model_attempts=0,
                error_code="",
                error_detail="",
                finished_at=None,
            )
            if not count and locked.error_code != MERGE_FAILED:
                raise DomainError("nothing_to_retry", "No item of this batch can be tried again.", Kind.CONFLICT)
            left = dict(locked.items.filter(state__in=RETRIABLE).values_list("state").annotate(models.Count("pk")))
            locked.change(
                state=BatchState.RUNNING,
                failed=left.get(BatchItemState.FAILED, 0),
                quarantined=left.get(BatchItemState.QUARANTINED, 0),
                cancelled=left.get(BatchItemState.CANCELLED, 0),
                error_code="",
                error_detail="",
                attempts=0,
                finished_at=None,
            )
            self.audit.record(Action.BATCH_CREATED, target=locked, details={"count": count, "reason": "retry"})
            advance(locked)
        return locked

    def delete(self, batch: Batch) -> None:
        """Its extractions and pictures stay. DomainError while anything of it is under way: cancel it first."""
        with transaction.atomic():
            locked = Batch.objects.locked(batch.pk)
            if locked.state in (BatchState.RUNNING, BatchState.MERGING) or locked.waiting:
                detail = "Something of this batch is under way; cancel it, and wait for what is in hand."
                raise DomainError("batch_under_way", detail, Kind.CONFLICT)
            self.audit.record(Action.BATCH_DELETED, target=locked, details={"count": locked.total})
            gone = Batch(pk=locked.pk)
            locked.delete()
            transaction.on_commit(lambda: remove_files(gone))

    def _items(self, batch: Batch, pictures: Pictures) -> Iterator[BatchItem]:
        for position, item in enumerate(self._contents(batch, pictures)):
            item.position = position
            yield item

    def _contents(self, batch: Batch, pictures: Pictures) -> Iterator[BatchItem]:
        for upload in pictures.uploads:
            yield _kept(batch, Entry(upload.name, upload.read()))
        if pictures.archive is not None:
            for entry in ArchiveReader(self.storage).read(pictures.archive):
                yield _kept(batch, entry)
        for start in range(0, len(pictures.images), _CHUNK):
            yield from _of_images(batch, pictures.images[start : start + _CHUNK], start)

    def _write(self, items: Iterator[BatchItem]) -> int:
        """A thousand rows at a time, whatever their number."""
        written = 0
        while chunk := list(islice(items, _CHUNK)):
            BatchItem.objects.bulk_create(chunk)
            for item in chunk:
                item.file = item.file.name  # a row and its file object hold each other until the collector comes by
            written += len(chunk)
            self._check_count(written)
        return written

    def _check_count(self, count: int) -> None:
        if count > self.storage.max_batch_items:
            detail = f"A batch may hold {self.storage.max_batch_items:,} pictures."
            raise DomainError("too_many_pictures", detail, Kind.TOO_LARGE)

    def _check_not_empty(self, count: int, pointer: str) -> None:
        if not count:
            detail = "Send pictures, an archive that holds some, or the ids of some in images."
            raise DomainError("invalid", detail, Kind.INVALID, errors=[FieldError(pointer, "invalid", detail)])


def advance(batch: Batch) -> None:
    """Put the next items of a locked batch in the queue, have their names asked for, or end it when none is left."""
    if batch.state != BatchState.RUNNING:
        return
    if not batch.waiting:
        _end(batch)
        return
    in_flight = batch.items.filter(state__in=IN_FLIGHT).count()
    if in_flight < WINDOW:
        in_flight += _let_in(batch, WINDOW - in_flight)
    if batch.provider != Provider.LOCAL:
        _gather(batch, none_to_come=not in_flight)


def _let_in(batch: Batch, room: int) -> int:
    """Put up to `room` items in the queue; how many."""
    pending = batch.items.filter(state=BatchItemState.PENDING).order_by("position")
    keys = list(pending.values_list("pk", flat=True)[:room])
    now = timezone.now()
    BatchItem.objects.filter(pk__in=keys).update(state=BatchItemState.QUEUED, queued_at=now, due_at=now)
    for key in keys:
        dispatch.send_on_commit(dispatch.WORK_BATCH_ITEM, key)
    return len(keys)


def _gather(batch: Batch, *, none_to_come: bool) -> None:
    """Have the names of measured items asked for, once they fill a Message Batch or are the last."""
    unasked = batch.items.filter(state=BatchItemState.NAMING, message_batch=None).count()
    if unasked >= QUESTIONS or (unasked and none_to_come):
        dispatch.send_on_commit(dispatch.GATHER_QUESTIONS, batch.pk)


def ended(batch: Batch, state: BatchItemState) -> None:
    """Count one item of a locked batch that ended so, and go on."""
    batch.change(**{state.value: getattr(batch, state.value) + 1})
    advance(batch)


def _end(batch: Batch) -> None:
    if batch.done:
        batch.change(state=BatchState.MERGING, attempts=0, lease_until=None)
        dispatch.send_on_commit(dispatch.MERGE_BATCH, batch.pk)
        return
    batch.change(
        state=BatchState.FAILED,
        error_code="no_picture_measured",
        error_detail="None of the pictures could be measured; the items say why.",
        finished_at=timezone.now(),
    )
    WebhookEvents().batch_ended(batch)


def _kept(batch: Batch, entry: Entry) -> BatchItem:
    item = BatchItem(batch=batch, name=entry.name[-200:])
    error = entry.error or _not_stored(item, entry.content)
    if error is not None:
        item.state, item.finished_at = BatchItemState.FAILED, timezone.now()
        item.error_code, item.error_detail = error.code, error.message
    return item


def _not_stored(item: BatchItem, content: bytes) -> StorageFull | None:
    """The error when there is no room for the picture, while another may fit."""
    try:
        item.file.save("picture", ContentFile(content), save=False)
    except OSError as error:
        problem = not_stored(error)
        if isinstance(problem, StorageFull):
            return problem
        raise problem from None
    return None


def _check_room(batch: Batch) -> None:
    full = StorageFull()
    if not batch.items.exclude(error_code=full.code).exists():
        raise full


def _of_images(batch: Batch, keys: Sequence[uuid.UUID], start: int) -> Iterator[BatchItem]:
    names = dict(SourceImage.objects.visible_to(batch.owner).filter(pk__in=keys).values_list("pk", "name"))
    for index, key in enumerate(keys, start):
        if key not in names:
            detail = "There is no such picture."
            pointer = f"/images/{index}"
            raise DomainError(
                "image_not_found",
                detail,
                Kind.NOT_FOUND,
                errors=[FieldError(pointer, "image_not_found", detail)],
                hidden=SourceImage.objects.filter(pk__in=keys).exclude(pk__in=names),
            )
        yield BatchItem(batch=batch, image_id=key, name=names[key])
