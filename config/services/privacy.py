"""How long what is held of people is kept: the periods of their rights and of retention."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from config.services.model import ConfigService


class PrivacyConfigService(ConfigService):
    """Whole days. `accounts.retention` says what each period is for and why; docs/privacy.md shows the same table."""

    section: ClassVar[str] = "privacy"

    # an answer to a request is due within a month (GDPR Art. 12(3))
    erasure_grace_days: int = Field(
        14, ge=1, le=30, description="How long an erasure that was asked for can be cancelled before it happens."
    )
    export_days: int = Field(7, ge=1, le=30, description="How long a finished export can be fetched.")
    session_days: int = Field(90, ge=1, le=730, description="How long a session is kept after its end.")
    device_days: int = Field(730, ge=1, le=3650, description="How long a device without a session is known.")
    api_key_days: int = Field(90, ge=1, le=730, description="How long an API key is kept after its end.")
    one_time_token_days: int = Field(
        7, ge=1, le=90, description="How long the digest of a mailed link or code is kept after it expired."
    )
    approval_days: int = Field(
        90, ge=1, le=730, description="How long an approval by a second owner is kept after it expired."
    )
    failure_days: int = Field(30, ge=1, le=365, description="How long a count of failed attempts is kept.")
    unconfirmed_account_days: int = Field(
        30, ge=1, le=365, description="How long an account is kept whose address nobody confirmed."
    )
    receipt_days: int = Field(
        3650, ge=365, le=36_500, description="How long the receipt of an erasure is kept; it names nobody."
    )
