"""Pictures judged against tokens, WCAG and baselines; results kept, reported, and approved."""

from __future__ import annotations

import hashlib
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
from designsystem.engine import extract as engine
from designsystem.engine.comparison.settings_reading import SettingsError, read_settings
from designsystem.engine.comparison.verdict import Settings, Verdict, judge
from designsystem.engine.errors import PictureError
from designsystem.engine.exporters import dtcg
from designsystem.engine.report.validation_json import Subject, as_document
from designsystem.engine.rgba import PicturePair, decode_pair
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import Baseline, DesignSystem, SourceImage, TokenSetVersion, Validation
from designsystem.services.extraction import Kept, Picture, Upload, kept_picture, measuring_slot
from designsystem.services.picture_errors import refused
from designsystem.services.uploads import UploadService
from designsystem.services.webhook_events import WebhookEvents


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """What to judge. Tokens are `tokens` (a DTCG document), else `version`; the baseline is `baseline`, else the
    current one of the design system with the same `name`. `settings` are plain JSON types."""

    picture: Picture
    name: str = ""
    pixel_ratio: float | None = None
    design_system: DesignSystem | None = None
    version: TokenSetVersion | None = None
    tokens: dict[str, Any] | None = None
    baseline: Picture | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValidationService:
    uploads: UploadService = field(default_factory=UploadService)
    events: WebhookEvents = field(default_factory=WebhookEvents)
    audit: AuditLogger = field(default_factory=AuditLogger)
    today: Callable[[], date] = lambda: timezone.now().date()

    def validate(self, owner: User, request: ValidationRequest) -> Validation:
        """Judge and keep. DomainError when an input is none or nothing is asked for."""
        settings = _settings(request.settings)
        tokens = _tokens(request)
        content = self._content(owner, request.picture)
        approved = _approved(request) if request.baseline is None else None
        before = self._before(owner, request.baseline, approved)
        if tokens is None and settings.contrast is None and before is None:
            raise DomainError("nothing_to_judge", "Send tokens, a baseline, or leave contrast on.", Kind.INVALID)
        verdict, measured = self._judge(content, before, tokens, request, settings)
        subject = _subject(request, content, measured, approved)
        with transaction.atomic():
            image = self.uploads.keep(owner, content, _file_name(request.picture), measured.raster)[0]
            row = Validation(
                owner=owner,
                image=image,
                name=request.name or image.name,
                design_system=request.design_system,
                version=request.version if request.tokens is None else None,
                baseline=approved,
                baseline_image=approved.image if approved else self._kept_baseline(owner, request.baseline, before),
                outcome=verdict.outcome.value,
                findings=len(verdict.findings),
                failing=sum(each.fails for each in verdict.findings),
                document=as_document(verdict, subject),
            )
            row.save(force_insert=True)
            self.audit.record(Action.VALIDATION_CREATED, target=row, details={"state": row.outcome})
            self.events.validation_completed(row)
        return row

    def approve(self, validation: Validation, approver: User, reason: str) -> Baseline:
        """The validated picture is how its screen should look from now on. DomainError without a design system, or when
        it is the baseline already."""
        system = validation.design_system
        if system is None or not validation.name:
            raise DomainError(
                "no_design_system", "Only the named screen of a design system has a baseline.", Kind.CONFLICT
            )
        with transaction.atomic():
            DesignSystem.objects.select_for_update().get(pk=system.pk)  # numbers are given out one at a time
            history = Baseline.objects.filter(design_system=system, name=validation.name)
            latest = history.order_by("-number").first()
            if latest is not None and latest.image_id == validation.image_id:
                raise DomainError("already_approved", "This picture is the baseline already.", Kind.CONFLICT)
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

    def _judge(
        self,
        content: bytes,
        before: bytes | None,
        tokens: TokenSet | None,
        request: ValidationRequest,
        settings: Settings,
    ) -> tuple[Verdict, engine.Extraction]:
        with measuring_slot():
            try:
                measured = engine.extract(content, pixel_ratio=request.pixel_ratio, limits=self.uploads.limits)
            except PictureError as error:
                raise refused(error, request.picture.pointer) from None
            pictures: PicturePair | None = None
            if before is not None:
                try:
                    pictures = decode_pair(before, content, self.uploads.limits)
                except PictureError as error:
                    raise refused(error, request.baseline.pointer if request.baseline else "/baseline") from None
            return judge(measured, tokens, pictures, settings, self.today()), measured

    def _content(self, owner: User, picture: Picture) -> bytes:
        return picture.read() if isinstance(picture, Upload) else kept_picture(owner, picture).read()

    def _before(self, owner: User, given: Picture | None, approved: Baseline | None) -> bytes | None:
        if given is not None:
            return self._content(owner, given)
        return approved.image.read() if approved else None

    def _kept_baseline(self, owner: User, given: Picture | None, content: bytes | None) -> SourceImage | None:
        if isinstance(given, Kept):
            return kept_picture(owner, given)
        if given is None or content is None:
            return None
        return self.uploads.upload(owner, content, given.name, given.pointer)[0]


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        return read_settings(given)
    except SettingsError as error:
        pointer = f"/settings{error.pointer}"
        raise DomainError(
            "invalid_settings", error.detail, Kind.INVALID, errors=[FieldError(pointer, "invalid", error.detail)]
        ) from None


def _tokens(request: ValidationRequest) -> TokenSet | None:
    if request.tokens is None:
        return from_dtcg(request.version.document) if request.version else None
    try:
        return from_dtcg(dtcg.as_text(request.tokens))
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
    request: ValidationRequest, content: bytes, measured: engine.Extraction, approved: Baseline | None
) -> Subject:
    source = measured.token_set.source
    tokens = "document" if request.tokens is not None else None
    if tokens is None and request.version is not None:
        tokens = f"{request.version.design_system.name} {request.version.number}"
    baseline = f"{approved.name} {approved.number}" if approved else None
    if request.baseline is not None:
        baseline = _file_name(request.baseline) or "picture"
    return Subject(
        picture=request.name or _file_name(request.picture) or "picture",
        sha256=hashlib.sha256(content).hexdigest(),
        width=source.width,
        height=source.height,
        pixel_ratio=source.pixel_ratio,
        pixel_ratio_given=source.pixel_ratio_given,
        tokens=tokens,
        baseline=baseline,
        notes=measured.raster.notes,
    )


def _file_name(picture: Picture) -> str:
    return picture.name if isinstance(picture, Upload) else ""
