"""Debug tools for development and staging: every answer tells its time and its SQL (Server-Timing)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpRequest, HttpResponse

from config.orchestrator import get_orchestrator


class ServerTimingMiddleware:
    """Browsers show the header in their network panel. It names no statement, so it tells no data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not get_orchestrator().general_service.debug_tools:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        queries = _Queries()
        started = time.perf_counter()
        with connection.execute_wrapper(queries):
            response = self.get_response(request)
        total = (time.perf_counter() - started) * 1000
        response.headers["Server-Timing"] = (
            f'total;dur={total:.1f}, sql;dur={queries.seconds * 1000:.1f};desc="{queries.count} queries"'
        )
        return response


@dataclass(slots=True)
class _Queries:
    count: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started
