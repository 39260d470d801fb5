"""One scan: texts through an engine, allow comments applied, every occurrence kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from config.secret_scan.allow import verdict
from config.secret_scan.engine import Engine, context_of
from config.secret_scan.finding import Candidate, Document, Finding


@dataclass(frozen=True, slots=True)
class Scan:
    """`live_secrets` are searched for letter by letter, by the variable that holds them."""

    engine: Engine
    today: date
    live_secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def findings(self, documents: Iterable[Document]) -> list[Finding]:
        """EngineError when a text could not be looked at."""
        found = []
        for document in documents:
            lines = document.text.split("\n")
            for candidate in [*self.engine.scan(document), *self._live(lines)]:
                judged = verdict(lines, candidate.line, self.today)
                if not judged.allowed:
                    context = context_of(lines[candidate.line - 1], candidate.secret)
                    found.append(Finding(document, candidate, context, judged.note))
        return found

    def _live(self, lines: list[str]) -> list[Candidate]:
        return [
            Candidate(f"live-secret-{key}", number, line.index(secret) + 1, secret)
            for key, secret in self.live_secrets.items()
            for number, line in enumerate(lines, start=1)
            if secret in line
        ]
