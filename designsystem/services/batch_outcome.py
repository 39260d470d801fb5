"""How an item of a batch ends that waited for the vision model: with its names, without, or not at all; and paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from accounts.models import ConsentPurpose
from accounts.services.gdpr_consents import ConsentService
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.models import Batch, BatchItem, BatchItemState, Extraction, ExtractionState, ModelSpending, Provider
from designsystem.providers.errors import Disposition, VisionError
from designsystem.providers.hybrid import Named, unnamed
from designsystem.providers.message_batches import MessageBatchClient
from designsystem.services.batches import advance, ended
from designsystem.services.naming import ModelUnavailable, columns_of


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Every method is called inside a transaction that holds the batch."""

    client: MessageBatchClient = field(default_factory=MessageBatchClient)
    consents: ConsentService = field(default_factory=ConsentService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def measured(self, batch: Batch, item: BatchItem, token_set: TokenSet) -> None:
        """Set aside what its names can cost at most, and wait; without names where the owner or the day allows none."""
        if not self.consents.is_given(batch.owner, ConsentPurpose.EXTERNAL_PROCESSING):
            self.conclude(batch, item, unnamed(token_set, consent_missing()))
            return
        settings = self.client.settings
        most = Decimal(f"{settings.batch_price * self.client.client.most_dollars(token_set):.6f}")
        spending = ModelSpending.set_aside(batch.owner, most, Decimal(str(settings.daily_dollars)))
        if spending is None:
            self.conclude(batch, item, unnamed(token_set, VisionError("budget_spent", Disposition.FALL_BACK)))
            return
        BatchItem.objects.filter(pk=item.pk).update(spending=spending, dollars_aside=most, message_batch=None)
        advance(batch)

    def conclude(self, batch: Batch, item: BatchItem, named: Named) -> None:
        """With names or, without, as its provider has it: `hybrid` gives what was measured, `claude` fails."""
        self._pay(item, named)
        if named.error is not None and batch.provider == Provider.CLAUDE:
            self._fail(batch, item, ModelUnavailable(named), named)
            return
        row = item.extraction
        if row is None:
            detail = "The extraction was deleted before the vision model gave its names."
            self._fail(batch, item, DomainError("extraction_deleted", detail, Kind.CONFLICT), named)
            return
        key = {"result_key": ""} if named.error else {}  # the next time the model may give names
        Extraction.objects.filter(pk=row.pk).update(
            state=ExtractionState.DONE,
            document=dtcg.export(named.token_set),
            token_count=len(named.token_set.tokens),
            finished_at=timezone.now(),
            **columns_of(named),
            **key,
        )
        details = {"state": ExtractionState.DONE, "provider": row.provider}
        self.audit.record(Action.EXTRACTION_CREATED, target=row, details=details)
        BatchItem.objects.filter(pk=item.pk).update(state=BatchItemState.DONE, finished_at=timezone.now())
        ended(batch, BatchItemState.DONE)

    def _pay(self, item: BatchItem, named: Named) -> None:
        """The real price in place of what was set aside; where that is not known, what was set aside stays."""
        if item.spending is not None and named.usage is not None:
            item.spending.correct(Decimal(f"{named.usage.dollars:.6f}") - item.dollars_aside)
        BatchItem.objects.filter(pk=item.pk).update(dollars_aside=0)

    def _fail(self, batch: Batch, item: BatchItem, error: DomainError, named: Named) -> None:
        why = {"error_code": error.code, "error_detail": error.message, "finished_at": timezone.now()}
        if item.extraction is not None:
            Extraction.objects.filter(pk=item.extraction.pk).update(
                state=ExtractionState.FAILED, **why, **columns_of(named), result_key=""
            )
            self.audit.record(
                Action.EXTRACTION_CREATED, Outcome.FAILED, target=item.extraction, details={"code": error.code}
            )
        BatchItem.objects.filter(pk=item.pk).update(state=BatchItemState.FAILED, **why)
        ended(batch, BatchItemState.FAILED)


def consent_missing() -> VisionError:
    return VisionError("consent_missing", Disposition.FALL_BACK)
