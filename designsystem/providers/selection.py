"""Which provider looks at a picture: the one that is asked for, else the configured; refused when it cannot work."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import ConsentPurpose, User
from accounts.services.gdpr_consents import ConsentService
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.vision import VisionConfigService
from designsystem.models import Provider


@dataclass(frozen=True, slots=True)
class ProviderSelection:
    settings: VisionConfigService = field(default_factory=lambda: get_orchestrator().vision_service)
    consents: ConsentService = field(default_factory=ConsentService)

    @property
    def default(self) -> Provider:
        return Provider(self.settings.default_provider)

    def works(self, provider: Provider) -> bool:
        """Whether it has what it needs. Whether the service answers is seen when it is asked."""
        return provider is Provider.LOCAL or self.settings.api_key is not None

    def choose(self, asked: str | None, owner: User) -> Provider:
        """DomainError when the provider, asked for or configured, has no key to work with, or may not have the owner's
        pictures. Hybrid that nobody asked for is chosen all the same: it gives what was measured and says why.
        """
        provider = Provider(asked) if asked else self.default
        if not self.works(provider):
            detail = f"The provider {provider} needs a key of the vision model, and none is configured."
            raise DomainError(
                "provider_unavailable",
                detail,
                Kind.UNPROCESSABLE,
                errors=[FieldError("/provider", "unavailable", detail)],
            )
        if provider is not Provider.LOCAL and (asked or provider is Provider.CLAUDE):
            self._check_consent(provider, owner)
        return provider

    def _check_consent(self, provider: Provider, owner: User) -> None:
        purpose = ConsentPurpose.EXTERNAL_PROCESSING
        if not self.consents.is_given(owner, purpose):
            detail = (
                f"The provider {provider} sends pictures to a vision model outside of this service. Agree to that "
                f"first: POST /api/auth/gdpr/consents with the purpose {purpose}; or choose local."
            )
            error = FieldError("/provider", "consent_required", detail)
            raise DomainError("consent_required", detail, Kind.FORBIDDEN, errors=[error])
