"""Stored results as files: any format, the HTML report, the picture with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.text import slugify

from config.errors import DomainError, FieldError, Kind
from designsystem.engine.decode import decode
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.report.html import render_html
from designsystem.engine.report.overlay import draw_overlay
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.token_set import GROUPS
from designsystem.models import Batch, BatchState, Extraction, ExtractionState, TokenSetVersion
from designsystem.services.uploads import UploadService

DEFAULT_FORMAT = "dtcg"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """`name` is safe as a file name: ASCII letters, digits and hyphens before the suffix."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ExportService:
    uploads: UploadService = field(default_factory=UploadService)

    def tokens(self, of: Extraction | Batch | TokenSetVersion, format_name: str) -> ExportedFile:
        """DomainError when there is no such format or no result yet."""
        exporter = EXPORTERS.get(format_name)
        if exporter is None:
            detail = f"must be one of {', '.join(EXPORTERS)}"
            raise DomainError(
                "unknown_format", f"format {detail}.", Kind.INVALID, errors=[FieldError("/format", "unknown", detail)]
            )
        document = _document(of)
        text = document if format_name == DEFAULT_FORMAT else exporter.export(from_dtcg(document))
        return ExportedFile(_stem(of) + exporter.suffix, exporter.media_type, text.encode())

    def report(self, extraction: Extraction) -> ExportedFile:
        """The self-contained HTML report."""
        token_set = from_dtcg(_document(extraction))
        picture = encode_png(decode(extraction.image.read(), self.uploads.limits).rgb)
        page = render_html(token_set, picture, extraction.name or "Design tokens")
        return ExportedFile(f"{_stem(extraction)}.report.html", "text/html; charset=utf-8", page.encode())

    def overlay(self, extraction: Extraction, kinds: list[str] | None) -> ExportedFile:
        """A PNG of the picture with the evidence of `kinds` drawn in; all of them when None."""
        if kinds is not None and not set(kinds) <= set(GROUPS):
            detail = f"must be some of {', '.join(GROUPS)}"
            raise DomainError(
                "invalid", f"kinds {detail}.", Kind.INVALID, errors=[FieldError("/kinds", "unknown", detail)]
            )
        token_set = from_dtcg(_document(extraction))
        raster = decode(extraction.image.read(), self.uploads.limits)
        return ExportedFile(f"{_stem(extraction)}.overlay.png", "image/png", draw_overlay(raster, token_set, kinds))


def _document(of: Extraction | Batch | TokenSetVersion) -> str:
    if isinstance(of, Extraction) and of.state != ExtractionState.DONE:
        raise DomainError("not_finished", f"The extraction is {of.state}; it has no tokens.", Kind.CONFLICT)
    if isinstance(of, Batch) and of.state != BatchState.DONE:
        raise DomainError("not_finished", f"The batch is {of.state}; it has no merged tokens.", Kind.CONFLICT)
    return of.document


def _stem(of: Extraction | Batch | TokenSetVersion) -> str:
    if isinstance(of, TokenSetVersion):
        name = f"{of.design_system.name}-{of.number}"
    else:
        name = of.name.rpartition(".")[0] or of.name
    return slugify(name)[:80] or "design"
