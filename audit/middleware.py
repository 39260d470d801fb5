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
        user = getattr(request, "user", None)  # by the admin site's cookie; the API's paths know none
        actor = f"user:{user.pk}" if user is not None and user.is_authenticated else context.ANONYMOUS
        found = context.AuditContext(
            actor=actor,
            method="" if actor == context.ANONYMOUS else "cookie",
            request_id=current_request_id() or "",
            address=str(client_address(request) or ""),
            agent=request.headers.get("User-Agent", "")[:_MAX_AGENT],
        )
        context.refusal_recorded.set(False)
        with context.acting(found):
            return self.get_response(request)
