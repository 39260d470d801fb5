"""Every request has an id: from X-Request-ID when that is well formed, made otherwise; in each log line and answer."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from config.request_metrics import count_request

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,128}\Z")
logger = structlog.get_logger(__name__)


def current_request_id() -> str | None:
    """The id of the request that is being answered, None outside of one."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return found if isinstance(found, str) else None


class RequestIdMiddleware:
    """Binds the id and writes one log line a request; never a query, body or header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if _WELL_FORMED.match(given) else str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id
            seconds = time.perf_counter() - started
            count_request(_route(request), request.method or "", response.status_code, seconds)
            logger.info(
                "request",
                method=request.method,
                route=_route(request),
                status=response.status_code,
                milliseconds=round(seconds * 1000, 1),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()


def _route(request: HttpRequest) -> str:
    """The pattern, not the path: a path may hold a token."""
    return request.resolver_match.route if request.resolver_match else "unmatched"
