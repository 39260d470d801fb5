"""Measures type again in the light of the tokens that it is held to: whether a heading is 24 or 25 px large is more
than letters tell, but the same words do, and a size that is meant is likelier than another."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.extract import Extraction
from designsystem.engine.measures import typography
from designsystem.engine.observation import Observation, Ruler
from designsystem.engine.scene import TextLine
from designsystem.engine.text.rulers import size_by
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Typography

_MOST_SIZES = 40  # a scale of more leads to expect nothing
_EXACT = 0.0075  # of a size: how far off a ruler may be
_WHOLE = 0.012  # of a size: designs use whole sizes where one is as near


def with_expected_type(measured: Extraction, tokens: TokenSet) -> tuple[Observation, ...]:
    """The observations of `measured`; those of its type by the words that text styles of `tokens` were measured on, or
    where they were written by hand by their sizes."""
    known = _KnownText.of(tokens, measured.scene.pixel_ratio)
    sizes = _written_sizes(tokens)
    if not known.rulers and not sizes:
        return measured.observations
    others = [each for each in measured.observations if not isinstance(each.value, Typography)]
    return (*others, *typography.measure(measured.scene, sizes, known.size_of))


def _written_sizes(tokens: TokenSet) -> tuple[float, ...]:
    """CSS px; none where a style was measured, as a page then is what it was measured to be."""
    styles = tokens.group("typography")
    if any(token.evidence is not None for token in styles):
        return ()
    values = (tokens.resolve(token) for token in styles)
    found = sorted({value.size for value in values if isinstance(value, Typography)})
    return tuple(found) if len(found) <= _MOST_SIZES else ()


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
