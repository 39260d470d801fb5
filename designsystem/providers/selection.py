"""Which provider looks at a picture: the one that is asked for, else the configured; refused when it cannot work."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.vision import VisionConfigService
from designsystem.models import Provider


@dataclass(frozen=True, slots=True)
class ProviderSelection:
    settings: VisionConfigService = field(default_factory=lambda: get_orchestrator().vision_service)

    @property
    def default(self) -> Provider:
        return Provider(self.settings.default_provider)

    def works(self, provider: Provider) -> bool:
        """Whether it has what it needs. Whether the service answers is seen when it is asked."""
        return provider is Provider.LOCAL or self.settings.api_key is not None

    def choose(self, asked: str | None) -> Provider:
        """DomainError when the provider, asked for or configured, has no key to work with."""
        provider = Provider(asked) if asked else self.default
        if not self.works(provider):
            detail = f"The provider {provider} needs a key of the vision model, and none is configured."
            raise DomainError(
                "provider_unavailable",
                detail,
                Kind.UNPROCESSABLE,
                errors=[FieldError("/provider", "unavailable", detail)],
            )
        return provider
