"""The tables of the designsystem app."""

from designsystem.models.design_system import DesignSystem, TokenSetVersion, VersionState
from designsystem.models.extraction import Extraction, ExtractionState, Provider
from designsystem.models.membership import DesignSystemGrant, MemberRole
from designsystem.models.model_spending import ModelSpending
from designsystem.models.source_image import SourceImage

__all__ = [
    "DesignSystem",
    "DesignSystemGrant",
    "Extraction",
    "ExtractionState",
    "MemberRole",
    "ModelSpending",
    "Provider",
    "SourceImage",
    "TokenSetVersion",
    "VersionState",
]
