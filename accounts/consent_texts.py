"""The words of every consent, by version. A text that was ever shown stays here, so that a consent can be proved."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from accounts.models import ConsentPurpose


@dataclass(frozen=True, slots=True)
class ConsentText:
    version: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the UTF-8 bytes, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


# oldest first; the last one is shown
TEXTS: dict[ConsentPurpose, tuple[ConsentText, ...]] = {
    ConsentPurpose.EXTERNAL_PROCESSING: (
        ConsentText(
            "2026-11",
            "When I choose a measuring provider outside of this service, my picture and its measurements may be sent "
            "to that provider. I can take this back at any time; what was sent before stays lawful.",
        ),
    ),
    ConsentPurpose.PRODUCT_NEWS: (
        ConsentText(
            "2026-11",
            "You may send news about Loupe to my e-mail address, at most once a month. I can take this back at "
            "any time.",
        ),
    ),
}


def current_text(purpose: ConsentPurpose) -> ConsentText:
    """The text that is shown today."""
    return TEXTS[purpose][-1]
