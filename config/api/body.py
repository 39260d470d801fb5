"""The first look at a request: refused before anything is read when it is too large or cannot be kept as it is."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from config.api.problems import problem_response
from config.orchestrator import get_orchestrator


class BodyLimitMiddleware:
    """413 by Content-Length, 411 without one, 415 for compressed bodies, which nobody here unpacks, 400 for a path or
    query with NUL or bytes that are no UTF-8.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        limit = get_orchestrator().api_service.max_body_bytes
        length = request.META.get("CONTENT_LENGTH") or ""
        if request.headers.get("Transfer-Encoding"):
            return problem_response(request, 411, "length_required", "Send Content-Length instead of chunks.")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            refusal = problem_response(request, 415, "unsupported_encoding", "Send the body as it is, not compressed.")
            refusal.headers["Accept-Encoding"] = "identity"  # RFC 9110 15.5.16
            return refusal
        if length and not (length.isascii() and length.isdecimal()):
            return problem_response(request, 400, "bad_request", "Content-Length is not a number.")
        if len(length) > 18 or int(length or 0) > limit:
            return problem_response(request, 413, "body_too_large", f"A body may have {limit:,} bytes.")
        if not _keepable(request.META.get("QUERY_STRING", "")) or "\x00" in request.path:
            return problem_response(request, 400, "bad_characters", "The address is not UTF-8 or holds U+0000.")
        return None


def _keepable(query: str) -> bool:
    raw = unquote_to_bytes(query.encode("latin-1", "replace"))
    try:
        return "\x00" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
