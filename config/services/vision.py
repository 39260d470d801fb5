"""The vision model that names what the pixels measured, and what it may cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from config.services.model import ConfigService, model_config


class VisionConfigService(ConfigService):
    model_config = model_config("LOUPE_VISION_")

    api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    base_url: str | None = None
    model: str = "claude-opus-4-8"
    provider: Literal["auto", "local", "claude", "hybrid"] = "auto"
    timeout_seconds: float = Field(60, gt=0)
    max_output_tokens: int = Field(4096, ge=256)

    @property
    def default_provider(self) -> Literal["local", "claude", "hybrid"]:
        """Hybrid when a key is there, local otherwise, unless one is named."""
        if self.provider != "auto":
            return self.provider
        return "hybrid" if self.api_key else "local"
