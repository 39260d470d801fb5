"""The REST interface: Django REST framework and its OpenAPI document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field

from config.environments import Policy
from config.services.model import ConfigService, Problem, model_config


class ApiConfigService(ConfigService):
    model_config = model_config("LOUPE_API_")

    debug: bool = False
    default_page_size: int = Field(50, ge=1, le=200)
    max_body_bytes: int = Field(25 * 1024 * 1024, ge=1024)
    access_token_seconds: int = Field(300, ge=30, le=3600)
    docs: bool = True

    def django_settings(self) -> dict[str, Any]:
        return {
            "DEBUG": self.debug,
            "DATA_UPLOAD_MAX_MEMORY_SIZE": self.max_body_bytes,
            "REST_FRAMEWORK": {
                # refused unless an endpoint says otherwise
                "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
                "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.AccessTokenAuthentication"],
                "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
                "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
                "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
                "DEFAULT_PAGINATION_CLASS": "config.api.pagination.KeysetPagination",
                "PAGE_SIZE": self.default_page_size,
                "EXCEPTION_HANDLER": "config.api.problems.exception_handler",
                "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
                "TEST_REQUEST_DEFAULT_FORMAT": "json",
            },
            "SPECTACULAR_SETTINGS": {
                "TITLE": "Loupe",
                "DESCRIPTION": "Design tokens from pictures of user interfaces: measured, with evidence.",
                "VERSION": "1",
                "OAS_VERSION": "3.1.1",
                "SERVE_INCLUDE_SCHEMA": False,
                "SWAGGER_UI_DIST": "SIDECAR",
                "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
                "REDOC_DIST": "SIDECAR",
                "COMPONENT_SPLIT_REQUEST": True,
                "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
            },
            "SIMPLE_JWT": {
                "ACCESS_TOKEN_LIFETIME": timedelta(seconds=self.access_token_seconds),
                "USER_ID_CLAIM": "sub",
            },
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if self.debug and not policy.debug_allowed:
            return [Problem("debug_not_allowed", "LOUPE_API_DEBUG", "Debug pages show internals.", "Set it to false.")]
        return []
