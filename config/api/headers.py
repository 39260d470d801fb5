"""Security headers that Django has no setting for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeadersMiddleware:
    """Sets what is missing; what the API and the probes say is never stored unless the view says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/admin/"):
            # with "no-referrer" browsers send "Origin: null" with forms, which the check against forgery refuses
            response.headers.setdefault("Referrer-Policy", "same-origin")
        if request.path.startswith(("/api/", "/health/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
