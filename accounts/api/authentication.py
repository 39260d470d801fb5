"""Bearer access tokens, and the actor of the change log that goes with them."""

from __future__ import annotations

from typing import Any

from auditlog.context import auditlog_value
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication


class AccessTokenAuthentication(JWTAuthentication):
    """simplejwt's check; auditlog's middleware ran before it and did not know the user yet."""

    def authenticate(self, request: Request) -> Any:
        authenticated = super().authenticate(request)
        if authenticated is not None:
            context = auditlog_value.get(None)
            if context is not None:
                context["actor"] = authenticated[0]
        return authenticated


class AccessTokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """The same scheme in the OpenAPI document."""

    target_class = AccessTokenAuthentication  # type: ignore[assignment]  # typed as the string it may also be
    name = "accessToken"
