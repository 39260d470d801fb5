"""Stored validations as files: HTML, JUnit, SARIF, JSON, and the annotated picture."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify

from config.errors import DomainError, FieldError, Kind
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.raster import Pixels
from designsystem.engine.report.junit import render_junit
from designsystem.engine.report.sarif import render_sarif
from designsystem.engine.report.validation_html import render_validation_html
from designsystem.engine.report.validation_overlay import draw_validation
from designsystem.engine.report.validation_reading import from_document
from designsystem.engine.rgba import decode_rgba, on_white
from designsystem.models import SourceImage, Validation
from designsystem.models.lease import WorkState
from designsystem.services.exports import ExportedFile
from designsystem.services.uploads import UploadService

REPORTS = {
    "html": ("report.html", "text/html; charset=utf-8"),
    "junit": ("junit.xml", "application/xml"),
    "sarif": ("sarif", "application/sarif+json"),
    "json": ("json", "application/json"),
}


@dataclass(frozen=True, slots=True)
class ValidationReports:
    uploads: UploadService = field(default_factory=UploadService)

    def report(self, validation: Validation, format_name: str) -> ExportedFile:
        """DomainError when there is no such format, or no result yet."""
        if format_name not in REPORTS:
            detail = f"must be one of {', '.join(REPORTS)}"
            raise DomainError(
                "unknown_format", f"format {detail}.", Kind.INVALID, errors=[FieldError("/format", "unknown", detail)]
            )
        suffix, media_type = REPORTS[format_name]
        return ExportedFile(f"{_stem(validation)}.{suffix}", media_type, self._text(validation, format_name).encode())

    def overlay(self, validation: Validation) -> ExportedFile:
        """A PNG of the picture with its findings drawn in."""
        verdict, _ = from_document(_result(validation))
        before = validation.baseline_image
        drawn = draw_validation(self._picture(validation.image), verdict, self._picture(before) if before else None)
        return ExportedFile(f"{_stem(validation)}.overlay.png", "image/png", drawn)

    def _text(self, validation: Validation, format_name: str) -> str:
        verdict, subject = from_document(_result(validation))
        if format_name == "json":
            return json.dumps(_result(validation), indent=2, ensure_ascii=False) + "\n"
        if format_name == "sarif":
            return render_sarif(verdict, subject)
        if format_name == "junit":
            return render_junit(verdict, subject)
        before = validation.baseline_image
        baseline = encode_png(self._picture(before)) if before else None
        return render_validation_html(verdict, subject, encode_png(self._picture(validation.image)), baseline)

    def _picture(self, image: SourceImage) -> Pixels:
        return on_white(decode_rgba(image.read(), self.uploads.limits))


def _result(validation: Validation) -> dict[str, Any]:
    if validation.state != WorkState.DONE:
        raise DomainError("not_finished", f"The validation is {validation.state}; it has no result.", Kind.CONFLICT)
    document: dict[str, Any] = validation.document
    return document


def _stem(validation: Validation) -> str:
    name = validation.name.rpartition(".")[0] or validation.name
    return slugify(name)[:80] or "validation"
