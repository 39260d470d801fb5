"""Measures type again where a picture shows the very text that its tokens were measured on: whether a heading is 24 or
25 px large is more than letters tell, but the same words do."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.extract import Extraction
from designsystem.engine.measures import typography
from designsystem.engine.observation import Observation, Ruler
from designsystem.engine.scene import TextLine
from designsystem.engine.text.rulers import size_by
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Typography

_EXACT = 0.0075  # of a size: how far off a ruler may be
_WHOLE = 0.012  # of a size: designs use whole sizes where one is as near


def with_known_text(measured: Extraction, tokens: TokenSet) -> tuple[Observation, ...]:
    """The observations of `measured`, those of its type by the rulers of `tokens` where these have any."""
    known = _KnownText.of(tokens, measured.scene.pixel_ratio)
    if not known.rulers:
        return measured.observations
    others = [each for each in measured.observations if not isinstance(each.value, Typography)]
    return (*others, *typography.measure(measured.scene, known.size_of))


@dataclass(frozen=True, slots=True)
class _KnownText:
    """Runs of text, each with the size (CSS px) that its token has today."""

    rulers: tuple[Ruler, ...]
    sizes: tuple[float, ...]
    pixel_ratio: float

    @classmethod
    def of(cls, tokens: TokenSet, pixel_ratio: float) -> _KnownText:
        found = [
            (ruler, token.value.size)
            for token in tokens.group("typography")
            if token.evidence is not None and isinstance(token.value, Typography)
            for ruler in token.evidence.rulers
        ]
        return cls(tuple(ruler for ruler, _ in found), tuple(size for _, size in found), pixel_ratio)

    def size_of(self, line: TextLine, size: float) -> float:
        """`size` unless the same text says that it is another."""
        found = size_by(self.rulers, line, self.pixel_ratio)
        if found is None:
            return size
        told, which = found
        for likely, share in ((size, _EXACT), (self.sizes[which], _EXACT), (float(round(told)), _WHOLE)):
            if abs(told - likely) <= share * told:
                return likely
        return round(told, 1)
