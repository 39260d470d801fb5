"""The TokenSet: named values in a stable order, each with its evidence. Exporters and reports read nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designsystem.engine.observation import Observation
from designsystem.engine.values import Value

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """A token that points at another: a role at the palette colour that plays it."""

    target: Path


@dataclass(frozen=True, slots=True)
class Token:
    """`path` such as ("color", "palette", "blue-1"); the first part is the group and one of GROUPS.

    `evidence` is None for an alias: its target carries it.
    """

    path: Path
    value: Value | Alias
    evidence: Observation | None = None
    description: str = ""


GROUPS = ("color", "typography", "spacing", "radius", "border", "shadow", "gradient")


@dataclass(frozen=True, slots=True)
class Source:
    """The picture that the tokens come from; sizes in device pixels."""

    sha256: str
    media_type: str
    width: int
    height: int
    pixel_ratio: float
    pixel_ratio_given: bool
    pixel_ratio_confidence: float


@dataclass(frozen=True, slots=True)
class TokenSet:
    """Tokens in GROUPS order, then scale order; paths are unique and every alias resolves to a token of the set.

    `spacing_base` is the base unit of the spacing scale in px, None when the picture shows none; `notes` are
    sentences for people about what could not be measured or had to be assumed.
    """

    tokens: tuple[Token, ...]
    source: Source
    spacing_base: float | None = None
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    def group(self, name: str) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.path[0] == name)

    def resolve(self, token: Token) -> Value:
        """The value behind a token, aliases followed; KeyError when one leads nowhere, ValueError on a loop."""
        by_path = {each.path: each for each in self.tokens}
        seen = {token.path}
        while isinstance(token.value, Alias):
            token = by_path[token.value.target]
            if token.path in seen:
                raise ValueError(f"alias loop at {'.'.join(token.path)}")
            seen.add(token.path)
        return token.value
