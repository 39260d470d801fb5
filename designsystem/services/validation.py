"""Pictures judged against tokens, WCAG and baselines; results kept, reported, and approved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from designsystem import dispatch
from designsystem.engine import extract as engine
from designsystem.engine.comparison.settings_reading import SettingsError, read_settings
from designsystem.engine.comparison.verdict import Settings, judge
from designsystem.engine.errors import PictureError
from designsystem.engine.exporters import dtcg
from designsystem.engine.raster import Raster
from designsystem.engine.report.validation_json import Subject, as_document
from designsystem.engine.rgba import PicturePair, decode_pair
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import Baseline, DesignSystem, SourceImage, TokenSetVersion, Validation
from designsystem.models.lease import WorkState
from designsystem.services.extraction import Kept, Picture, Upload, kept_picture, measuring_slot
from designsystem.services.picture_errors import refused
from designsystem.services.uploads import UploadService
from designsystem.services.webhook_events import WebhookEvents


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """What to judge. Tokens are `tokens` (a DTCG document), else `version`; the baseline is `baseline`, else the
    current one of the design system with the same `name`. `settings` are plain JSON types. `later` leaves the judging
    to a worker."""

    picture: Picture
    name: str = ""
    pixel_ratio: float | None = None
    design_system: DesignSystem | None = None
    version: TokenSetVersion | None = None
    tokens: dict[str, Any] | None = None
    baseline: Picture | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    later: bool = False


@dataclass(frozen=True, slots=True)
class ValidationService:
    uploads: UploadService = field(default_factory=UploadService)
    events: WebhookEvents = field(default_factory=WebhookEvents)
    audit: AuditLogger = field(default_factory=AuditLogger)
    today: Callable[[], date] = lambda: timezone.now().date()

    def validate(self, owner: User, request: ValidationRequest) -> Validation:
        """Judge and keep, or keep for a worker. DomainError when an input is none or nothing is asked for."""
        settings = _settings(request.settings)
        document = _document(request)
        tokens = _tokens(document)
        approved = _approved(request) if request.baseline is None else None
        if tokens is None and settings.contrast is None and request.baseline is None and approved is None:
            raise DomainError("nothing_to_judge", "Send tokens, a baseline, or leave contrast on.", Kind.INVALID)
        picture = _read(owner, request.picture)
        before = (
            _approved_picture(approved) if approved else _read(owner, request.baseline) if request.baseline else None
        )
        row = Validation(
            owner=owner,
            name=request.name,
            design_system=request.design_system,
            version=request.version if request.tokens is None else None,
            baseline=approved,
            pixel_ratio_asked=request.pixel_ratio,
            settings_asked=dict(request.settings),
            compared=before is not None,
        )
        if request.later:
            raster = self.uploads.look_at(picture.content, picture.pointer)
            row.tokens_asked = document
        else:
            raster, outcome = self._judged(row, picture, before, tokens, settings)
            row.state, row.started_at, row.finished_at = WorkState.DONE, row.created_at, timezone.now()
            for name, value in outcome.items():
                setattr(row, name, value)
        with transaction.atomic():
            row.image = self.uploads.keep(owner, picture.content, picture.name, raster)[0]
            row.name = row.name or row.image.name
            row.baseline_image = approved.image if approved else self._kept_baseline(owner, request.baseline, before)
            row.save(force_insert=True)
            self.audit.record(Action.VALIDATION_CREATED, target=row, details={"state": row.outcome or row.state})
            if row.state == WorkState.QUEUED:
                dispatch.send_on_commit(dispatch.VALIDATE, row.pk)
            else:
                self.events.validation_ended(row)
        return row

    def judge(self, row: Validation) -> dict[str, Any]:
        """The columns of the finished row, from what it waits with. DomainError when a picture cannot be judged, or its
        baseline is gone; OSError when the storage does not answer."""
        before = row.baseline_image
        if row.compared and before is None:
            raise DomainError("baseline_gone", "The picture to compare with was deleted meanwhile.", Kind.NOT_FOUND)
        _, outcome = self._judged(
            row,
            _Input(row.image.read(), row.image.name, "/image"),
            _Input(before.read(), before.name, "/baseline_image") if before else None,
            _tokens(row.tokens_asked),
            _settings(row.settings_asked),
        )
        return {**outcome, "tokens_asked": ""}

    def approve(self, validation: Validation, approver: User, reason: str) -> Baseline:
        """The validated picture is how its screen should look from now on. DomainError while it waits, without a design
        system, or when it was made the baseline already."""
        if validation.state != WorkState.DONE:
            raise DomainError("not_finished", f"The validation is {validation.state}.", Kind.CONFLICT)
        system = validation.design_system
        if system is None or not validation.name:
            raise DomainError(
                "no_design_system", "Only the named screen of a design system has a baseline.", Kind.CONFLICT
            )
        with transaction.atomic():
            DesignSystem.objects.locked(system.pk)  # numbers are given out one at a time
            history = Baseline.objects.filter(design_system=system, name=validation.name)
            latest = history.order_by("-number").first()
            shown = latest is not None and latest.image_id == validation.image_id
            if shown or history.filter(validation=validation).exists():  # one comparison makes one baseline
                raise DomainError("already_approved", "This picture is or was the baseline already.", Kind.CONFLICT)
            number = (history.aggregate(latest=models.Max("number"))["latest"] or 0) + 1
            baseline = Baseline.objects.create(
                design_system=system,
                name=validation.name,
                number=number,
                image=validation.image,
                validation=validation,
                reason=reason,
                approved_by=approver,
            )
            self.audit.record(
                Action.BASELINE_APPROVED,
                target=baseline,
                details={"version": str(number), "digest": baseline.image.sha256},
            )
        return baseline

    def delete(self, validation: Validation) -> None:
        """The baseline that it was approved as stays."""
        with transaction.atomic():
            self.audit.record(Action.VALIDATION_DELETED, target=validation)
            validation.delete()

    def _judged(
        self, row: Validation, picture: _Input, before: _Input | None, tokens: TokenSet | None, settings: Settings
    ) -> tuple[Raster, dict[str, Any]]:
        """The picture as it was measured, and the columns of the verdict."""
        limits = self.uploads.limits
        with measuring_slot():
            try:
                measured = engine.extract(picture.content, pixel_ratio=row.pixel_ratio_asked, limits=limits)
            except PictureError as error:
                raise refused(error, picture.pointer) from None
            pair: PicturePair | None = None
            if before is not None:
                try:
                    pair = decode_pair(before.content, picture.content, limits)
                except PictureError as error:
                    raise refused(error, before.pointer) from None
            verdict = judge(measured, tokens, pair, settings, self.today())
        return measured.raster, {
            "outcome": verdict.outcome.value,
            "findings": len(verdict.findings),
            "failing": sum(each.fails for each in verdict.findings),
            "document": as_document(verdict, _subject(row, measured, picture, before, tokens)),
        }

    def _kept_baseline(self, owner: User, given: Picture | None, before: _Input | None) -> SourceImage | None:
        if isinstance(given, Kept):
            return kept_picture(owner, given)
        return self.uploads.upload(owner, before.content, before.name, before.pointer)[0] if before else None


@dataclass(frozen=True, slots=True)
class _Input:
    """A picture, read: `name` is what its owner calls it, `pointer` where it stood in the request."""

    content: bytes
    name: str
    pointer: str


def _read(owner: User, picture: Picture) -> _Input:
    if isinstance(picture, Upload):
        return _Input(picture.read(), picture.name, picture.pointer)
    image = kept_picture(owner, picture)
    return _Input(image.read(), image.name, picture.pointer)


def _approved_picture(approved: Baseline) -> _Input:
    return _Input(approved.image.read(), approved.image.name, "/baseline")


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        return read_settings(given)
    except SettingsError as error:
        pointer = f"/settings{error.pointer}"
        raise DomainError(
            "invalid_settings", error.detail, Kind.INVALID, errors=[FieldError(pointer, "invalid", error.detail)]
        ) from None


def _document(request: ValidationRequest) -> str:
    """The DTCG text to hold the picture to, empty where there is none."""
    if request.tokens is not None:
        return dtcg.as_text(request.tokens)
    return request.version.document if request.version else ""


def _tokens(document: str) -> TokenSet | None:
    try:
        return from_dtcg(document) if document else None
    except DocumentError as error:
        pointer = f"/tokens{error.pointer}"
        raise DomainError(
            "invalid_document", error.detail, Kind.UNPROCESSABLE, errors=[FieldError(pointer, "invalid", error.detail)]
        ) from None


def _approved(request: ValidationRequest) -> Baseline | None:
    if request.design_system is None or not request.name:
        return None
    screens = Baseline.objects.filter(design_system=request.design_system, name=request.name)
    return screens.select_related("image").order_by("-number").first()


def _subject(
    row: Validation, measured: engine.Extraction, picture: _Input, before: _Input | None, tokens: TokenSet | None
) -> Subject:
    source = measured.token_set.source
    version = f"{row.version.design_system.name} {row.version.number}" if row.version else "document"
    baseline = f"{row.baseline.name} {row.baseline.number}" if row.baseline else None
    return Subject(
        picture=row.name or picture.name or "picture",
        sha256=measured.raster.sha256,
        width=source.width,
        height=source.height,
        pixel_ratio=source.pixel_ratio,
        pixel_ratio_given=source.pixel_ratio_given,
        tokens=version if tokens else None,
        baseline=baseline or (before.name or "picture" if before else None),
        notes=measured.raster.notes,
    )
