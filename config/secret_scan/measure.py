"""Precision and recall of an engine on the made-up regression set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from config.secret_scan.corpus import Sample
from config.secret_scan.engine import Engine
from config.secret_scan.finding import Document


@dataclass(frozen=True, slots=True)
class Measured:
    """`missed` and `wrong` are names of samples; a sample counts once, however often the engine speaks."""

    engine: str
    found: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    seconds: float

    @property
    def recall(self) -> float:
        return self.found / (self.found + len(self.missed))

    @property
    def precision(self) -> float:
        spoken = self.found + len(self.wrong)
        return self.found / spoken if spoken else 0.0


def measure(engine: Engine, samples: Sequence[Sample]) -> Measured:
    """A planted secret counts as found when the engine names it, a part of it, or a text that holds it."""
    found, missed, wrong = 0, [], []
    started = time.perf_counter()
    for sample in samples:
        candidates = engine.scan(Document(sample.name, sample.text))
        if sample.secret is None:
            if candidates:
                wrong.append(sample.name)
        elif any(_meets(candidate.secret, sample.secret) for candidate in candidates):
            found += 1
        else:
            missed.append(sample.name)
    return Measured(engine.name, found, tuple(missed), tuple(wrong), time.perf_counter() - started)


def _meets(spoken: str, secret: str) -> bool:
    return spoken in secret or secret in spoken
