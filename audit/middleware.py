"""Gives every request its audit context."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit import context
from config.api.client_address import client_address
from config.api.request_id import current_request_id

_MAX_AGENT = 300


class AuditContextMiddleware:
    """An anonymous context with address and agent; authentication amends the actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = request.user.is_authenticated  # by the admin site's cookie
        found = context.AuditContext(
            actor=f"user:{request.user.pk}" if signed_in else context.ANONYMOUS,
            method="cookie" if signed_in else "",
            request_id=current_request_id() or "",
            address=str(client_address(request) or ""),
            agent=request.headers.get("User-Agent", "")[:_MAX_AGENT],
        )
        with context.acting(found):
            return self.get_response(request)
