"""Files over HTTP: the type that we know, never opened inside our origin, never guessed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from designsystem.services.exports import ExportedFile


class OneRepresentation(BaseContentNegotiation):
    """A file has the type it has, whatever Accept says (RFC 9110 12.5.1 allows to disregard it)."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def file_response(file: ExportedFile) -> HttpResponse:
    """A download. Opened in a browser all the same, it runs in an origin of its own without a network."""
    return HttpResponse(
        file.content,
        content_type=file.media_type,
        headers={
            "Content-Disposition": str(content_disposition_header(True, file.name)),
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            "X-Content-Type-Options": "nosniff",
        },
    )
