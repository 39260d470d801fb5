"""What a scan reports. The secret itself never leaves this module's masking."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Document:
    """A text to look at. `name` is shown; `kind` tells where it came from, such as a commit."""

    name: str
    text: str = field(repr=False)
    kind: str = "file"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A secret that an engine sees: 1-based line and column, rule, and the secret, which is never shown."""

    rule: str
    line: int
    column: int
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A candidate that nobody allowed. `context` is the line without the secret; `note` tells what else is wrong."""

    document: Document
    candidate: Candidate
    context: str
    note: str = ""

    @property
    def masked(self) -> str:
        return mask(self.candidate.secret)


def mask(secret: str) -> str:
    """The first two characters and the length of a long secret; of a short one the length alone."""
    shown = secret[:2] if len(secret) >= 12 else ""
    return f"{shown}{'*' * 6} ({len(secret)} characters)"
