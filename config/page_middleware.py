"""The middleware that only some paths need. A cookie signs nobody in on the API's, so requests there go past it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp import middleware as csp
from csp.constants import HEADER
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware import common

from config.api.paths import API_PATHS


class _PagesOnly:
    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API_PATHS):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of the middleware that it is mixed into


class SessionMiddleware(_PagesOnly, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(_PagesOnly, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(_PagesOnly, messages.MessageMiddleware):
    pass


class CSPMiddleware(csp.CSPMiddleware):
    """Builds the policy of pages only for answers that bring none of their own."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if HEADER in response.headers else super().process_response(request, response)


class CommonMiddleware(common.CommonMiddleware):
    """Refuses hosts that are not ours, save to probes: these ask a container or pod by its own address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info.startswith("/health/") else super().process_request(request)
