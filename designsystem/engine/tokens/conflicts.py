"""Where the pictures of one interface disagree: named for a person to decide, never decided in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from designsystem.engine.tokens.difference import closeness
from designsystem.engine.tokens.tally import Tally
from designsystem.engine.tokens.token_set import Alias, Path, Token
from designsystem.engine.values import Colour, Radius, Spacing, Value

# closeness() of 1 is CIEDE2000 15 or 4 px; nearer than these nobody would choose two values on purpose
_ALIKE = {Colour: 2 / 15, Spacing: 1 / 4, Radius: 1 / 4}


class ConflictKind(StrEnum):
    """Stable: the API and stored reports carry the words."""

    SPLIT_VOTE = "split-vote"
    NEAR_DUPLICATE = "near-duplicate"
    SPLIT_NAME = "split-name"
    SHARED_NAME = "shared-name"


@dataclass(frozen=True, slots=True)
class Choice:
    """One side of a conflict: a token's name or a value, and how many pictures are for it."""

    text: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A split vote names one token that pictures give different values; near duplicates are two tokens that no
    picture shows together and that are hardly told apart. A split name is one value that vision models name
    differently, a shared name one name that they give to several values. What was taken comes first, which is the
    choice of most pictures unless one of them had the name already.
    """

    kind: ConflictKind
    path: Path
    choices: tuple[Choice, ...]
    theme: str = ""


def split_votes(path: Path, votes: Mapping[str, int], theme: str = "") -> Iterator[Conflict]:
    """A conflict if the pictures of a theme voted for more than one choice."""
    if len(votes) > 1:
        choices = tuple(
            Choice(text, count) for text, count in sorted(votes.items(), key=lambda each: (-each[1], each[0]))
        )
        yield Conflict(ConflictKind.SPLIT_VOTE, path, choices, theme)


def near_duplicates(tokens: Sequence[Token], tallies: Mapping[Value, Tally]) -> Iterator[Conflict]:
    """Pairs of colours, spacings or radii that are alike and never stand in one picture."""
    for kind, limit in _ALIKE.items():
        found = [token for token in tokens if isinstance(token.value, kind) and token.value in tallies]
        for one, other in combinations(found, 2):
            assert not isinstance(one.value, Alias)
            assert not isinstance(other.value, Alias)
            first, second = tallies[one.value], tallies[other.value]
            if not first.pictures & second.pictures and closeness(one.value, other.value) <= limit:
                yield _near_duplicate(one, other, first, second)


def _near_duplicate(one: Token, other: Token, first: Tally, second: Tally) -> Conflict:
    choices = [
        Choice(".".join(token.path), tally.pictures.bit_count()) for token, tally in ((one, first), (other, second))
    ]
    choices.sort(key=lambda choice: (-choice.pictures, choice.text))
    return Conflict(ConflictKind.NEAR_DUPLICATE, one.path, tuple(choices))
