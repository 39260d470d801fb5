"""The TokenSet: named values in a stable order, each with its evidence. Exporters and reports read nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from designsystem.engine.observation import Observation
from designsystem.engine.values import Value

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """A token that points at another: a role at the palette colour that plays it. `by` is the vision model that said
    so, empty where it was measured."""

    target: Path
    by: str = ""


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
    sentences for people about what could not be measured or had to be assumed. ValueError where this does not hold.
    """

    tokens: tuple[Token, ...]
    source: Source
    spacing_base: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_paths([token.path for token in self.tokens])
        targets = {token.path: token.value.target for token in self.tokens if isinstance(token.value, Alias)}
        _check_aliases(targets, {token.path for token in self.tokens})

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    def group(self, name: str) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.path[0] == name)

    def resolve(self, token: Token) -> Value:
        """The value behind a token of the set, aliases followed."""
        by_path = {each.path: each for each in self.tokens}
        while isinstance(token.value, Alias):
            token = by_path[token.value.target]
        return token.value


def _check_paths(paths: Sequence[Path]) -> None:
    """A path is a group of GROUPS and legal names, said once, and leads through no other token (DTCG 2025.10)."""
    known = set(paths)
    if len(known) < len(paths):
        raise ValueError(f"paths are not unique: {sorted(path for path in known if paths.count(path) > 1)}")
    for path in paths:
        if len(path) < 2 or path[0] not in GROUPS or not all(map(legal_name, path)):
            raise ValueError(f"not the path of a token: {path!r}")
        if any(path[:length] in known for length in range(1, len(path))):
            raise ValueError(f"a token cannot stand inside of another: {path!r}")


def _check_aliases(targets: dict[Path, Path], paths: set[Path]) -> None:
    for path in targets:
        seen = {path}
        at = path
        while at in targets:
            at = targets[at]
            if at in seen:
                raise ValueError(f"alias loop at {path!r}")
            seen.add(at)
        if at not in paths:
            raise ValueError(f"alias at {path!r} leads to {at!r}, which is no token")


def legal_name(name: str) -> bool:
    """Whether DTCG 2025.10 allows the name of a token or group; control characters and surrogates are refused too."""
    return (
        bool(name)
        and name[0] != "$"
        and not any(character in "{}." or unicodedata.category(character) in ("Cc", "Cs") for character in name)
    )
