"""The vision model that names what the pixels measured, and what it may cost."""

from __future__ import annotations

from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.problems import Problem
from config.services.model import ConfigService, known_as


class VisionConfigService(ConfigService):
    section: ClassVar[str] = "vision"

    api_key: SecretStr | None = Field(
        None, description="Key of the vision model's API.", json_schema_extra=known_as("ANTHROPIC_API_KEY")
    )
    base_url: str | None = Field(None, description="Another address of the API, for a gateway; without credentials.")
    model: str = Field("claude-opus-4-8", min_length=1, description="The model that names what was measured.")
    provider: Literal["auto", "local", "claude", "hybrid"] = Field(
        "auto", description="Who looks at pictures; auto is hybrid with a key and local without."
    )
    timeout_seconds: float = Field(60, gt=0, description="How long to wait for the model.")
    max_output_tokens: int = Field(4096, ge=256, le=21_000, description="The longest answer that is asked for.")
    effort: Literal["low", "medium", "high", "xhigh", "max"] = Field("low", description="How hard the model thinks.")
    input_price: float = Field(5.0, ge=0, description="US dollars for a million tokens of the question.")
    output_price: float = Field(25.0, ge=0, description="US dollars for a million tokens of the answer.")
    max_attempts: int = Field(
        4, ge=1, le=20, description="How often a model that is busy is asked, before the result arrives without names."
    )
    retry_seconds: float = Field(
        10, ge=0, description="The wait before a busy model is asked again, when it names none; doubled every time."
    )
    message_batches: bool = Field(
        True,
        description="Whether batches ask the model by Message Batches: cheaper, and within a day instead of at once.",
    )
    batch_price: float = Field(0.5, ge=0, le=1, description="What a question in a Message Batch costs of its price.")
    daily_dollars: float = Field(5.0, ge=0, description="US dollars that the pictures of one user may cost in a day.")

    @field_validator("api_key")
    @classmethod
    def _none_when_empty(cls, key: SecretStr | None) -> SecretStr | None:
        return key if key and key.get_secret_value().strip() else None

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http:// or https:// URL")
        if "@" in url:
            raise ValueError("must not carry credentials")
        return url

    @property
    def default_provider(self) -> Literal["local", "claude", "hybrid"]:
        """Hybrid when a key is there, local otherwise, unless one is named."""
        if self.provider != "auto":
            return self.provider
        return "hybrid" if self.api_key else "local"

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = []
        if policy.model_key_required and self.provider in ("claude", "hybrid") and self.api_key is None:
            problems.append(
                Problem(
                    "model_key_missing",
                    "ANTHROPIC_API_KEY",
                    "The provider that is asked for cannot work.",
                    "Set the key, or LOUPE_VISION_PROVIDER=auto.",
                )
            )
        if policy.tls_required and self.base_url and not self.base_url.startswith("https://"):
            problems.append(
                Problem(
                    "plain_http_model",
                    "LOUPE_VISION_BASE_URL",
                    "Pictures and the key travel in clear.",
                    "Set an https:// URL.",
                )
            )
        return problems
