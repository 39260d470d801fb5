"""The tables of the designsystem app."""

from designsystem.models.batch import Batch, BatchItem, BatchItemState, BatchState
from designsystem.models.design_system import DesignSystem, TokenSetVersion, VersionState
from designsystem.models.extraction import Extraction, ExtractionState, Provider
from designsystem.models.membership import DesignSystemGrant, MemberRole
from designsystem.models.message_batch import MessageBatch, MessageBatchState
from designsystem.models.model_spending import ModelSpending
from designsystem.models.source_image import SourceImage
from designsystem.models.validation import Baseline, Validation, ValidationOutcome
from designsystem.models.webhook import DisabledReason, WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = [
    "Baseline",
    "Batch",
    "BatchItem",
    "BatchItemState",
    "BatchState",
    "DesignSystem",
    "DesignSystemGrant",
    "DisabledReason",
    "Extraction",
    "ExtractionState",
    "MemberRole",
    "MessageBatch",
    "MessageBatchState",
    "ModelSpending",
    "Provider",
    "SourceImage",
    "TokenSetVersion",
    "Validation",
    "ValidationOutcome",
    "VersionState",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
