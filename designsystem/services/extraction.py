"""Pictures in, measured tokens out: at once, or by a worker that leases the row."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from designsystem import dispatch
from designsystem.engine import extract as engine
from designsystem.engine.errors import PictureError
from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import DesignSystem, Extraction, ExtractionState, Provider, SourceImage
from designsystem.models.lease import DATABASE_AWAY
from designsystem.services.naming import ModelBusy, ModelUnavailable, NamingService
from designsystem.services.picture_errors import refused
from designsystem.services.result_cache import ResultCache, copied
from designsystem.services.uploads import UploadService
from designsystem.services.webhook_events import WebhookEvents

logger = structlog.get_logger(__name__)

# a large picture takes hundreds of megabytes while it is measured: as many at a time as there are cores
_SLOTS = threading.BoundedSemaphore(os.cpu_count() or 1)
_SLOT_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that comes along; `pointer` (RFC 6901) says where it stands in the input."""

    pointer: str
    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that was uploaded before."""

    pointer: str
    key: uuid.UUID


Picture = Upload | Kept


@dataclass(frozen=True, slots=True)
class Options:
    """`pixel_ratio` None has it found from the picture; `later` leaves the work to a worker, as asking a model does;
    `fresh` has it measured although the result is known."""

    name: str = ""
    pixel_ratio: float | None = None
    provider: Provider = Provider.LOCAL
    design_system: DesignSystem | None = None
    later: bool = False
    fresh: bool = False

    @property
    def waits(self) -> bool:
        return self.later or self.provider is not Provider.LOCAL


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture of several that could not be measured; the others were."""

    picture: Picture
    error: DomainError


@dataclass(frozen=True, slots=True)
class ExtractionService:
    uploads: UploadService = field(default_factory=UploadService)
    results: ResultCache = field(default_factory=ResultCache)
    events: WebhookEvents = field(default_factory=WebhookEvents)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def extract(
        self, owner: User, pictures: Sequence[Picture], options: Options
    ) -> Iterator[tuple[Picture, Extraction] | Refusal]:
        """One outcome a picture, in order, one picture at a time. A bad one never stops the others."""
        for picture in pictures:
            try:
                yield picture, self._one(owner, picture, options)
            except DomainError as error:
                yield Refusal(picture, error)
            except Exception:
                if len(pictures) == 1:
                    raise
                logger.exception("extraction_failed", pointer=picture.pointer)
                yield Refusal(picture, defect())

    def delete(self, extraction: Extraction) -> None:
        with transaction.atomic():
            self.audit.record(Action.EXTRACTION_DELETED, target=extraction)
            extraction.delete()

    def _one(self, owner: User, picture: Picture, options: Options) -> Extraction:
        kept = kept_picture(owner, picture) if isinstance(picture, Kept) else None
        content = picture.read() if isinstance(picture, Upload) else b""
        row = Extraction(
            owner=owner,
            name=options.name or (picture.name if isinstance(picture, Upload) else ""),
            provider=options.provider,
            design_system=options.design_system,
            pixel_ratio_asked=options.pixel_ratio,
            fresh=options.fresh,
        )
        key = self.results.key(
            kept.sha256 if kept else hashlib.sha256(content).hexdigest(), options.provider, options.pixel_ratio
        )
        if not options.fresh and self._known(row, key):
            return row
        if kept and options.waits:
            return self._created(row, kept, picture.pointer)
        if options.waits:
            raster = self.uploads.look_at(content, picture.pointer)
        else:
            found = self.measure(kept.read() if kept else content, options.pixel_ratio, picture.pointer)
            raster = found.raster
            _fill(row, outcome_of(found, found.token_set), result_key=key)
        with transaction.atomic():
            image = kept or self.uploads.keep(owner, content, row.name, raster)[0]
            return self._created(row, image, picture.pointer)

    def _known(self, row: Extraction, key: str) -> bool:
        """Whether there was a result to give out again; then `row` has it and is kept."""
        found = self.results.find(row.owner, key)
        if found is None:
            return False
        with transaction.atomic():
            if SourceImage.objects.held(pk=found.image_id) is None:
                return False  # deleted since, with its results
            _fill(row, copied(found))
            self._created(row, found.image, "")
        return True

    def _created(self, row: Extraction, image: SourceImage, pointer: str) -> Extraction:
        with transaction.atomic():
            if SourceImage.objects.held(pk=image.pk) is None:
                raise image_not_found(pointer)
            row.image = image
            row.save(force_insert=True)
            self.audit.record(
                Action.EXTRACTION_CREATED, target=row, details={"state": row.state, "provider": row.provider}
            )
            if row.state == ExtractionState.QUEUED:
                dispatch.extract_on_commit(row.pk)
            else:
                self.events.extraction_ended(row, ExtractionState.DONE)
        return row

    def measure(self, content: bytes, pixel_ratio: float | None, pointer: str) -> engine.Extraction:
        """Run the engine in one of this process's slots; DomainError when the picture cannot be measured."""
        try:
            with measuring_slot():
                return engine.extract(content, pixel_ratio=pixel_ratio, limits=self.uploads.limits)
        except PictureError as error:
            raise refused(error, pointer) from None


@dataclass(frozen=True, slots=True)
class ExtractionWorker:
    """What a worker does with a waiting row."""

    service: ExtractionService = field(default_factory=ExtractionService)
    naming: NamingService = field(default_factory=NamingService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def run(self, key: uuid.UUID) -> None:
        """Measure what `key` waits for, unless somebody else does or did."""
        row = Extraction.objects.claim(key)
        if row is None:
            return
        try:
            outcome = self._outcome(row)
        except OSError:  # the storage is away: the row waits for the sweeper, as often as attempts allow
            logger.exception("picture_not_read", extraction=str(key))
            row.release()
        except DATABASE_AWAY:
            logger.exception("database_away", extraction=str(key))
            row.database_was_away()
        except ModelBusy as busy:
            row.postpone(busy.delay)
        except ModelUnavailable as error:
            self._fail(row, error, **error.columns)
        except DomainError as error:
            self._fail(row, error)
        except Exception:
            logger.exception("extraction_failed", extraction=str(key))
            self._fail(row, defect())
        else:
            with transaction.atomic():
                if row.settle(ExtractionState.DONE, **outcome):
                    self.service.events.extraction_ended(row, ExtractionState.DONE)

    def _outcome(self, row: Extraction) -> dict[str, Any]:
        """The columns of the finished row: copied when the result is known by now, else measured and named."""
        provider = Provider(row.provider)
        key = self.service.results.key(row.image.sha256, provider, row.pixel_ratio_asked)
        known = None if row.fresh else self.service.results.find(row.owner, key)
        if known is not None:
            return copied(known)
        found = self.service.measure(row.image.read(), row.pixel_ratio_asked, "")
        naming = self.naming.name(found, row.owner, provider, row.model_attempts + 1)
        return {**outcome_of(found, naming.token_set), **naming.columns, "result_key": naming.result_key(key)}

    def sweep(self, limit: int = 1000) -> list[uuid.UUID]:
        """Set poison aside; the rows that must be sent again."""
        for row in list(Extraction.objects.poison()[:limit]):
            with transaction.atomic():
                if Extraction.objects.filter(pk=row.pk).quarantine_poison():
                    self.service.events.extraction_ended(row, ExtractionState.QUARANTINED, "quarantined")
        keys = list(Extraction.objects.overdue().order_by("queued_at").values_list("pk", flat=True)[:limit])
        Extraction.objects.filter(pk__in=keys).update(queued_at=timezone.now())
        return keys

    def _fail(self, row: Extraction, error: DomainError, **columns: Any) -> None:
        with transaction.atomic():
            if row.settle(ExtractionState.FAILED, error_code=error.code, error_detail=error.message, **columns):
                self.audit.record(Action.EXTRACTION_CREATED, Outcome.FAILED, target=row, details={"code": error.code})
                self.service.events.extraction_ended(row, ExtractionState.FAILED, error.code)


def outcome_of(found: engine.Extraction, token_set: TokenSet) -> dict[str, Any]:
    """The columns of a finished extraction, with `token_set` as it was named."""
    source = token_set.source
    return {
        "document": dtcg.export(token_set),
        "token_count": len(token_set.tokens),
        "pixel_ratio": source.pixel_ratio,
        "pixel_ratio_confidence": source.pixel_ratio_confidence,
        "timings": {stage.value: round(seconds, 4) for stage, seconds in found.timings.items()},
    }


def kept_picture(owner: User, picture: Kept) -> SourceImage:
    """The owner's picture; DomainError when they have none of this id."""
    image = SourceImage.objects.visible_to(owner).filter(pk=picture.key).first()
    if image is None:
        raise image_not_found(picture.pointer, SourceImage.objects.filter(pk=picture.key))
    return image


def image_not_found(pointer: str, hidden: QuerySet[SourceImage] | None = None) -> DomainError:
    detail = "There is no such picture."
    field_error = FieldError(pointer, "image_not_found", detail)
    return DomainError("image_not_found", detail, Kind.NOT_FOUND, errors=[field_error], hidden=hidden)


def _fill(row: Extraction, outcome: dict[str, Any], **more: Any) -> None:
    """Make it a finished extraction with these columns."""
    row.state, row.started_at, row.finished_at = ExtractionState.DONE, row.created_at, timezone.now()
    for name, value in {**outcome, **more}.items():
        setattr(row, name, value)


@contextmanager
def measuring_slot() -> Iterator[None]:
    """One of this process's places for the engine; DomainError when none comes free in time."""
    if not _SLOTS.acquire(timeout=_SLOT_TIMEOUT):
        raise DomainError("busy", "Other pictures are being measured; try again soon.", Kind.UNAVAILABLE, retry_after=5)
    try:
        yield
    finally:
        _SLOTS.release()


def defect() -> DomainError:
    return DomainError("measuring_failed", "Measuring this picture failed on our side.", Kind.UNPROCESSABLE)
