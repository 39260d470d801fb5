"""Consents for tests, given and taken back as a person would."""

from __future__ import annotations

from accounts.consent_texts import current_text
from accounts.models import ConsentPurpose, User
from accounts.services.gdpr_consents import ConsentService


def agree(user: User, purpose: ConsentPurpose = ConsentPurpose.EXTERNAL_PROCESSING) -> None:
    ConsentService().decide(user, purpose, current_text(purpose).version, given=True)


def withdraw(user: User, purpose: ConsentPurpose = ConsentPurpose.EXTERNAL_PROCESSING) -> None:
    ConsentService().decide(user, purpose, current_text(purpose).version, given=False)
