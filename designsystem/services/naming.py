"""Names from the vision model for what was measured: within a person's budget, later when it is busy, or without."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from accounts.models import ConsentPurpose, User
from accounts.services.gdpr_consents import ConsentService
from config.errors import DomainError, Kind
from designsystem.engine.extract import Extraction as Measured
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import ModelSpending, Provider
from designsystem.providers.errors import Disposition, Usage, VisionError
from designsystem.providers.hybrid import HybridProvider, Named, unnamed

_LONGEST_WAIT = 3600.0  # seconds; whatever a service asks for


class ModelBusy(Exception):
    """The model may be asked again in `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__("the vision model is busy")
        self.delay = delay


class ModelUnavailable(DomainError):
    """There are no names, and the provider gives nothing without; `columns` say what was asked and paid."""

    def __init__(self, named: Named) -> None:
        self.columns = columns_of(named)
        detail = f"The vision model gave no names ({self.columns['naming_error']})."
        super().__init__("model_unavailable", detail, Kind.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Naming:
    """The token set to keep, and what `columns_of` says of it."""

    token_set: TokenSet
    columns: dict[str, Any]

    def result_key(self, key: str) -> str:
        """`key` unless the model gave no names: it may do so the next time."""
        return "" if self.columns.get("naming_error") else key


@dataclass(frozen=True, slots=True)
class NamingService:
    provider: HybridProvider = field(default_factory=HybridProvider)
    consents: ConsentService = field(default_factory=ConsentService)

    def name(self, measured: Measured, owner: User, provider: Provider, attempt: int) -> Naming:
        """`attempt` counts from 1. ModelBusy while another attempt is worth it.

        Without names in the end `hybrid` has the measured ones with a note, and `claude` raises ModelUnavailable.
        """
        if provider is Provider.LOCAL:
            return Naming(measured.token_set, {})
        named = self._asked(measured, owner)
        if named.error is None:
            return Naming(named.token_set, columns_of(named))
        settings = self.provider.client.settings
        if named.error.disposition is Disposition.RETRY and attempt < settings.max_attempts:
            asked = named.error.retry_after
            delay = settings.retry_seconds * 2 ** (attempt - 1) if asked is None else asked
            raise ModelBusy(min(max(delay, 1.0), _LONGEST_WAIT))
        if provider is Provider.CLAUDE:
            raise ModelUnavailable(named)
        return Naming(named.token_set, columns_of(named))

    def _asked(self, measured: Measured, owner: User) -> Named:
        """Here and nowhere else a picture leaves for the model: whoever took their consent back is heard at once."""
        if not self.consents.is_given(owner, ConsentPurpose.EXTERNAL_PROCESSING):
            return unnamed(measured.token_set, VisionError("consent_missing", Disposition.FALL_BACK))
        return self._within_budget(measured, owner)

    def _within_budget(self, measured: Measured, owner: User) -> Named:
        """The most that the question can cost is set aside first, so that parallel workers cannot overspend."""
        client = self.provider.client
        most = Decimal(f"{client.most_dollars(measured.token_set):.6f}")
        spending = ModelSpending.set_aside(owner, most, Decimal(str(client.settings.daily_dollars)))
        if spending is None:
            return unnamed(measured.token_set, VisionError("budget_spent", Disposition.FALL_BACK))
        named = self.provider.name(measured)
        usage = named.usage
        if usage is not None:  # else it may have been charged: what was set aside stays
            spending.correct(Decimal(f"{usage.dollars:.6f}") - most)
        return named


def columns_of(named: Named) -> dict[str, Any]:
    """The columns of an extraction that say what the model did for it."""
    usage = named.usage or Usage(0, 0, 0, 0.0)
    request_id = named.analysis.request_id if named.analysis else named.error and named.error.request_id
    factor = named.analysis.factor if named.analysis else None
    return {
        "model": named.analysis.model[:100] if named.analysis else "",
        "request_id": (request_id or "")[:100],
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "dollars": Decimal(f"{usage.dollars:.6f}"),
        "naming_error": named.error.code if named.error else "",
        **({"picture_factor": factor} if factor is not None else {}),
    }
