"""Names for the measured items of a batch by Message Batches: asked for, looked after for a day, and taken in once.

Whoever dies here is followed by the sweeper: the row says how far it came, and what it asked is found at the service.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.utils import timezone

from accounts.models import ConsentPurpose
from designsystem import dispatch
from designsystem.engine.decode import decode
from designsystem.engine.errors import PictureError
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.token_set import Source, TokenSet
from designsystem.models import (
    Batch,
    BatchItem,
    BatchItemState,
    BatchState,
    Extraction,
    MessageBatch,
    MessageBatchState,
)
from designsystem.models.lease import OVERDUE
from designsystem.providers.errors import FREE, Disposition, VisionError
from designsystem.providers.hybrid import Named, unnamed, with_names
from designsystem.providers.message_batches import Answer, MessageBatchClient, RemoteBatch
from designsystem.services.batch_outcome import BatchOutcome, consent_missing
from designsystem.services.batches import QUESTIONS
from designsystem.services.uploads import UploadService

logger = structlog.get_logger(__name__)

_PAUSE = 60.0  # seconds between two looks at what the service does within a day
_LONGEST_PAUSE = 3600.0
_MOST_BYTES = 32 * 1024 * 1024  # of one upload; the service takes 256 MB, and we hold it in memory
_AT_ONCE = 200  # items that end in one transaction
_A_DAY = timedelta(hours=24)
_GRACE = timedelta(hours=1)  # for the service to say that the day is over
_CLOCKS = timedelta(minutes=5)  # by which its clock may differ from ours


@dataclass(frozen=True, slots=True)
class BatchNaming:
    client: MessageBatchClient = field(default_factory=MessageBatchClient)
    outcome: BatchOutcome = field(default_factory=BatchOutcome)
    uploads: UploadService = field(default_factory=UploadService)

    def gather(self, key: uuid.UUID) -> None:
        """Make Message Batches of the measured items of a batch that nobody asked about; none when it is cancelled."""
        with transaction.atomic():
            batch = Batch.objects.locked(key)
            waiting = batch.items.filter(state=BatchItemState.NAMING, message_batch=None).order_by("position")
            if batch.state == BatchState.CANCELLED:
                if self._without(batch, waiting, _cancelled()) == _AT_ONCE:
                    dispatch.send_on_commit(dispatch.GATHER_QUESTIONS, key)
                batch.message_batches.exclude(state=MessageBatchState.DONE).update(due_at=timezone.now())
                return
            keys = list(waiting.values_list("pk", flat=True))
            for start in range(0, len(keys), QUESTIONS):
                made = batch.message_batches.create()
                BatchItem.objects.filter(pk__in=keys[start : start + QUESTIONS]).update(message_batch=made)
                dispatch.send_on_commit(dispatch.WORK_MESSAGE_BATCH, made.pk)

    def work(self, key: uuid.UUID) -> None:
        """Send it, or look what became of it, unless somebody else does."""
        row = MessageBatch.objects.claim(key)
        if row is None:
            return
        try:
            if row.batch is None:
                self._let_go(row)
            elif row.state == MessageBatchState.SENDING:
                self._send(row, row.batch)
            else:
                self._look(row, row.batch)
        except VisionError as error:
            self._refused(row, error)
        except Exception:
            logger.exception("message_batch_failed", message_batch=str(key))
            self._refused(row, VisionError("naming_failed", Disposition.RETRY))

    def sweep(self, limit: int = 20) -> Iterator[tuple[str, uuid.UUID]]:
        """What must be looked after now, oldest first."""
        MessageBatch.objects.filter(batch=None, state=MessageBatchState.DONE).delete()
        for key in list(MessageBatch.objects.due().order_by("due_at").values_list("pk", flat=True)[:limit]):
            yield dispatch.WORK_MESSAGE_BATCH, key
        still = models.Q(batch__changed_at__lt=timezone.now() - OVERDUE) | models.Q(batch__state=BatchState.CANCELLED)
        left = BatchItem.objects.filter(still, state=BatchItemState.NAMING, message_batch=None)
        for batch in list(left.values_list("batch", flat=True).distinct()[:limit]):
            yield dispatch.GATHER_QUESTIONS, batch

    def _send(self, row: MessageBatch, batch: Batch) -> None:
        found = self._found(row) if row.asked_at else None
        if found is not None:
            row.leave(state=MessageBatchState.RUNNING, remote_id=found.id, found=True, expires_at=found.expires_at)
            return
        stopped = self._stopped(batch)
        if stopped:
            self._give_up(row, stopped)
            return
        questions = self._questions(row)
        if not questions:
            row.leave(state=MessageBatchState.DONE)
        elif row.keep(asked_at=timezone.now()):
            made = self.client.create(questions)
            row.leave(_PAUSE, state=MessageBatchState.RUNNING, remote_id=made.id, expires_at=made.expires_at)

    def _stopped(self, batch: Batch) -> VisionError | None:
        """Why nothing more may be asked: whoever cancelled, or took their consent back, is heard until the end."""
        if batch.state == BatchState.CANCELLED:
            return _cancelled()
        given = self.outcome.consents.is_given(batch.owner, ConsentPurpose.EXTERNAL_PROCESSING)
        return None if given else consent_missing()

    def _found(self, row: MessageBatch) -> RemoteBatch | None:
        """What the service has of a batch whose creation nobody heard of: the only trace is its time and size."""
        assert row.asked_at is not None
        requests = _named_by(row).count()
        alike = [
            each
            for each in self.client.latest()
            if each.created_at > row.asked_at - _CLOCKS and each.requests == requests
        ]
        known = MessageBatch.objects.filter(remote_id__in=[each.id for each in alike])
        taken = set(known.values_list("remote_id", flat=True))
        return next((each for each in reversed(alike) if each.id not in taken), None)

    def _questions(self, row: MessageBatch) -> dict[str, dict[str, Any]]:
        """By item; those that would make it too large are left for the next."""
        questions: dict[str, dict[str, Any]] = {}
        room = _MOST_BYTES
        for item in _named_by(row).select_related("extraction__image").order_by("position").iterator(10):
            question = self._question(item)
            if isinstance(question, VisionError):
                self._end(row, item.pk, question)
                continue
            room -= len(question["messages"][0]["content"][0]["source"]["data"])
            if room < 0 and questions:
                _named_by(row).filter(position__gte=item.position).update(message_batch=None)
                dispatch.send_on_commit(dispatch.GATHER_QUESTIONS, item.batch_id)
                break
            questions[item.pk.hex] = question
        return questions

    def _question(self, item: BatchItem) -> dict[str, Any] | VisionError:
        row = item.extraction
        if row is None:
            return VisionError("extraction_deleted", Disposition.FALL_BACK)
        try:
            rgb = decode(row.image.read(), self.uploads.limits).rgb
        except PictureError:
            return VisionError("picture_unreadable", Disposition.FALL_BACK)
        question = self.client.client.question(rgb, from_dtcg(row.document))
        Extraction.objects.filter(pk=row.pk).update(picture_factor=question.factor)
        return question.parameters

    def _look(self, row: MessageBatch, batch: Batch) -> None:
        remote = self.client.retrieve(row.remote_id)
        if remote.ended:
            self._take_in(row)
        elif timezone.now() > remote.expires_at + _GRACE:
            self._give_up(row, VisionError("expired", Disposition.FALL_BACK, usage=None))
        elif self._stopped(batch) and not row.cancelling and not row.found:
            self.client.cancel(row.remote_id)
            row.leave(_PAUSE, cancelling=True)
        else:
            row.leave(_PAUSE)

    def _take_in(self, row: MessageBatch) -> None:
        ours = 0
        for number, answer in enumerate(self.client.answers(row.remote_id)):
            if number % 20 == 0 and not row.keep_lease():
                return
            ours += self._answered(row, answer)
        if row.found and not ours:  # somebody else's that looked like it
            row.leave(state=MessageBatchState.SENDING, remote_id="", found=False, asked_at=None)
            return
        self._give_up(row, VisionError("answer_missing", Disposition.FALL_BACK, usage=None))
        assert row.batch_id is not None
        self.gather(row.batch_id)
        try:
            self.client.forget(row.remote_id)
        except VisionError as error:
            logger.warning("message_batch_not_forgotten", remote=row.remote_id, code=error.code)

    def _answered(self, row: MessageBatch, answer: Answer) -> bool:
        """Take in one answer, once; whether it is about an item of the batch."""
        key = _uuid(answer.custom_id)
        if key is None or not BatchItem.objects.filter(pk=key, batch=row.batch_id).exists():
            return False
        with transaction.atomic():
            batch, item = _held(row, key)
            if item is None:
                return True  # taken in before
            measured = _measured(item)
            try:
                analysis = self.client.read(answer, measured)
                named = Named(with_names(measured, analysis), analysis)
            except VisionError as error:
                if error.disposition is Disposition.RETRY and self._again(batch, item):
                    return True
                named = unnamed(measured, error)
            self.outcome.conclude(batch, item, named)
        return True

    def _again(self, batch: Batch, item: BatchItem) -> bool:
        """Let the item be asked about once more, while that is worth it."""
        if batch.state == BatchState.CANCELLED or item.model_attempts + 1 >= self.client.settings.max_attempts:
            return False
        BatchItem.objects.filter(pk=item.pk).update(message_batch=None, model_attempts=item.model_attempts + 1)
        return True

    def _refused(self, row: MessageBatch, error: VisionError) -> None:
        """Later, or never; nobody knows whether a batch whose connection broke exists."""
        settings = self.client.settings
        delay = settings.retry_seconds * 2**row.refusals if error.retry_after is None else error.retry_after
        delay = min(max(delay, 1.0), _LONGEST_PAUSE)
        sending = row.state == MessageBatchState.SENDING
        asked = row.asked_at if error.usage is None else None
        over = timezone.now() > (row.expires_at or row.created_at + _A_DAY) + _GRACE
        tired = sending and row.refusals + 1 >= settings.max_attempts
        logger.warning("message_batch_refused", message_batch=str(row.pk), code=error.code)
        if error.disposition is Disposition.RETRY and not over and not tired:
            row.leave(delay, refusals=min(row.refusals + 1, 10), **({"asked_at": asked} if sending else {}))
        elif row.batch is None:
            row.leave(state=MessageBatchState.DONE)
        else:
            unknown = row.asked_at is not None and not (sending and error.usage is not None)
            error.usage = None if unknown else FREE
            self._give_up(row, error)

    def _let_go(self, row: MessageBatch) -> None:
        """Of a deleted batch: end it at the service too, unless it may be somebody else's."""
        if not row.remote_id or row.found:
            row.leave(state=MessageBatchState.DONE)
            return
        if self.client.retrieve(row.remote_id).ended:
            self.client.forget(row.remote_id)
            row.leave(state=MessageBatchState.DONE)
            return
        if not row.cancelling:
            self.client.cancel(row.remote_id)
        row.leave(_PAUSE, cancelling=True)

    def _give_up(self, row: MessageBatch, error: VisionError) -> None:
        """All that still wait for it go without names."""
        for key in list(_named_by(row).values_list("pk", flat=True)):
            self._end(row, key, error)
        row.leave(state=MessageBatchState.DONE)

    def _end(self, row: MessageBatch, key: uuid.UUID, error: VisionError) -> None:
        with transaction.atomic():
            batch, item = _held(row, key)
            if item is not None:
                self.outcome.conclude(batch, item, unnamed(_measured(item), error))

    def _without(self, batch: Batch, items: models.QuerySet[BatchItem], error: VisionError) -> int:
        """The first of the items go without names; how many."""
        found = list(items.select_related("extraction", "spending")[:_AT_ONCE])
        for item in found:
            self.outcome.conclude(batch, item, unnamed(_measured(item), error))
        return len(found)


def _named_by(row: MessageBatch) -> models.QuerySet[BatchItem]:
    return row.items.filter(state=BatchItemState.NAMING)


def _held(row: MessageBatch, key: uuid.UUID) -> tuple[Batch, BatchItem | None]:
    """The batch, held, and its item if that still waits for this Message Batch."""
    assert row.batch_id is not None
    batch = Batch.objects.locked(row.batch_id)
    items = _named_by(row).select_related("extraction", "spending")
    return batch, items.filter(pk=key).first()


def _measured(item: BatchItem) -> TokenSet:
    """What was measured; nothing when the extraction was deleted meanwhile."""
    return from_dtcg(item.extraction.document) if item.extraction else TokenSet((), _NOTHING)


def _cancelled() -> VisionError:
    return VisionError("canceled", Disposition.FALL_BACK)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=text)
    except ValueError:
        return None


_NOTHING = Source("", "", 0, 0, 1.0, pixel_ratio_given=True, pixel_ratio_confidence=1.0)
