"""The REST interface: Django REST framework and its OpenAPI document."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.problems import Problem
from config.services.model import CommaSeparated, ConfigService

MAX_FORM_FILES = 100
MAX_FORM_FIELDS = 1_000  # of a query as well


class ApiConfigService(ConfigService):
    section: ClassVar[str] = "api"

    default_page_size: int = Field(50, ge=1, le=200, description="Rows of a page when the client asks for no number.")
    max_body_bytes: int = Field(
        25 * 1024 * 1024, ge=1024, description="Larger request bodies are refused before they are read."
    )
    max_json_bytes: int = Field(5 * 1024 * 1024, ge=1024, description="Larger JSON bodies are refused.")
    rate_read: str = Field("1200/minute", description="Reading calls of one principal, as amount/window.")
    rate_write: str = Field("240/minute", description="Changing calls of one principal.")
    rate_costly: str = Field("120/minute", description="Calls of one principal that measure, export or mail.")
    rate_credentials: str = Field("20/minute", description="Calls of one principal that could guess a secret.")
    rate_refused: str = Field("300/minute", description="Wrong credentials from one address before it is refused.")
    docs: bool = Field(True, description="Whether /api/docs and /api/schema are served.")
    throttling: bool = Field(True, description="Whether rate limits are kept.")
    metrics_token: SecretStr | None = Field(None, description="Bearer token that may read /metrics.")
    metrics_networks: CommaSeparated = Field(
        (), description="Networks whose callers may read /metrics without the token; not this machine's behind a proxy."
    )

    @field_validator("rate_read", "rate_write", "rate_costly", "rate_credentials", "rate_refused")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        from limits import parse  # 60 ms to import, and the defaults need no look

        try:
            parse(rate)
        except ValueError:
            raise ValueError("must be an amount and a window, such as 20/minute") from None
        return rate

    def rate(self, name: str) -> str:
        """The limit of one kind of call."""
        return str(getattr(self, f"rate_{name}"))

    def django_settings(self) -> dict[str, Any]:
        return {
            "DATA_UPLOAD_MAX_MEMORY_SIZE": self.max_body_bytes,
            "DATA_UPLOAD_MAX_NUMBER_FILES": MAX_FORM_FILES,
            "DATA_UPLOAD_MAX_NUMBER_FIELDS": MAX_FORM_FIELDS,
            "REST_FRAMEWORK": {
                # refused unless an endpoint says otherwise
                "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
                "DEFAULT_AUTHENTICATION_CLASSES": [
                    "accounts.api.authentication.AccessTokenAuthentication",
                    "accounts.api.authentication.ApiKeyAuthentication",
                ],
                "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
                "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.OneRendererNegotiation",
                "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
                "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
                "DEFAULT_PAGINATION_CLASS": "config.api.pagination.KeysetPagination",
                "PAGE_SIZE": self.default_page_size,
                "URL_FORMAT_OVERRIDE": None,  # ?format= names an export, not a renderer
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
                "ENUM_NAME_OVERRIDES": {
                    "PrivacyRequestState": "accounts.models.RequestState",
                    "ExtractionState": "designsystem.models.ExtractionState",
                    "WorkState": "designsystem.models.lease.WorkState",
                    "BatchState": "designsystem.models.BatchState",
                    "BatchItemState": "designsystem.models.BatchItemState",
                    "VersionState": "designsystem.models.VersionState",
                    "ConsentPurpose": "accounts.models.ConsentPurpose",
                    "LinkPurpose": "designsystem.services.picture_links.LinkPurpose",
                },
                "POSTPROCESSING_HOOKS": [
                    "drf_spectacular.hooks.postprocess_schema_enums",
                    "config.api.schema.add_problems",
                ],
                "SERVE_AUTHENTICATION": [],  # the document is public, whatever a caller's credential may reach
                "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
            },
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if policy.throttling_required and not self.throttling:
            return [
                Problem(
                    "throttling_required",
                    "LOUPE_API_THROTTLING",
                    "Nothing slows down who guesses passwords.",
                    "Set it to true.",
                )
            ]
        return []
