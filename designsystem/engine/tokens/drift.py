"""What changed from one token set to another, in the words of a design system: not lines of text, but tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.tokens.difference import FAR, Part, Tolerances, Unit, closeness, difference
from designsystem.engine.tokens.token_set import GROUPS, Alias, Path, Token, TokenSet
from designsystem.engine.values import Colour, Value

_TOLERANCES = Tolerances()
_ROUNDING = 0.001  # distances are rounded before they are judged


class ChangeKind(StrEnum):
    """Stable: the API and stored reports carry the words."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    ROLE_MOVED = "role-moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `before` is None for what was added, `after` for what was removed; `parts` say what moved how far.

    A token that has another value and another name too is `CHANGED`. `ROLE_MOVED` is an alias that points at
    another token than it did; an alias whose target only changed or was renamed has not moved.
    """

    kind: ChangeKind
    before: Token | None
    after: Token | None
    parts: tuple[Part, ...] = ()

    @property
    def path(self) -> Path:
        """Where the token stands now, or stood."""
        token = self.after or self.before
        assert token is not None
        return token.path


def drift(before: TokenSet, after: TokenSet, tolerances: Tolerances = _TOLERANCES) -> tuple[Change, ...]:
    """Every change, in the order of the later set with what was removed at the end of its group.

    Tokens are matched by value first, then by name, then by nearness, because a measured token is named by its value:
    a colour that darkens may change its name, and two greys may swap theirs.
    """
    pairs: dict[Path, Token] = {}  # from the path before to the token after
    changes: list[Change] = []
    for group in GROUPS:
        found = list(_pairs(_values(before, group), _values(after, group), tolerances))
        pairs.update({one.path: other for one, other in found})
        changes += _value_changes(found, _values(before, group), _values(after, group), tolerances)
    changes += _alias_changes(before, after, pairs, tolerances)
    places = {token.path: place for place, token in enumerate(after)}
    last = len(places)
    return tuple(
        sorted(changes, key=lambda change: (GROUPS.index(change.path[0]), places.get(change.path, last), change.path))
    )


def _values(token_set: TokenSet, group: str) -> list[Token]:
    return [token for token in token_set.group(group) if not isinstance(token.value, Alias)]


def _pairs(before: Sequence[Token], after: Sequence[Token], tolerances: Tolerances) -> Iterator[tuple[Token, Token]]:
    """Tokens that are the same one, before and after; each is in one pair at most."""
    costs = []
    for one, other in _candidates(before, after, tolerances):
        cost = _cost(one, other, tolerances)
        if cost is not None:
            costs.append((cost, one.path, other.path, one, other))
    gone: set[Path] = set()
    come: set[Path] = set()
    for _, old, new, one, other in sorted(costs, key=lambda each: each[:3]):
        if old not in gone and new not in come:
            gone.add(old)
            come.add(new)
            yield one, other


def _candidates(
    before: Sequence[Token], after: Sequence[Token], tolerances: Tolerances
) -> Iterator[tuple[Token, Token]]:
    """The pairs worth a closer look: of colours, which are many, only those within reach or of one name."""
    if not before or not after or not all(isinstance(token.value, Colour) for token in (*before, *after)):
        yield from product(before, after)
        return
    colours = as_rgb([token.value for token in after if isinstance(token.value, Colour)])
    for one in before:
        assert isinstance(one.value, Colour)
        near = ciede2000(as_rgb([one.value]), colours) <= max(FAR[Unit.DELTA_E], tolerances.delta_e) + _ROUNDING
        yield from ((one, other) for other, close in zip(after, near, strict=True) if close or one.path == other.path)


def _cost(one: Token, other: Token, tolerances: Tolerances) -> tuple[int, float] | None:
    """Small for what is surely the same token, None for what cannot be."""
    first, second = _value(one), _value(other)
    if type(first) is not type(second):
        return None
    near = closeness(first, second)
    named_alike = one.path == other.path
    if not difference(first, second, tolerances):
        return (0 if named_alike else 1, near)
    if named_alike:
        return (2, near)
    return (3, near) if near <= 1 else None


def _value_changes(
    pairs: Sequence[tuple[Token, Token]], before: Sequence[Token], after: Sequence[Token], tolerances: Tolerances
) -> Iterator[Change]:
    for one, other in pairs:
        parts = difference(_value(one), _value(other), tolerances)
        if parts:
            yield Change(ChangeKind.CHANGED, one, other, parts)
        elif one.path != other.path:
            yield Change(ChangeKind.RENAMED, one, other)
    gone = {one.path for one, _ in pairs}
    come = {other.path for _, other in pairs}
    yield from (Change(ChangeKind.REMOVED, token, None) for token in before if token.path not in gone)
    yield from (Change(ChangeKind.ADDED, None, token) for token in after if token.path not in come)


def _alias_changes(
    before: TokenSet, after: TokenSet, pairs: dict[Path, Token], tolerances: Tolerances
) -> Iterator[Change]:
    """Aliases are matched by name alone: the name is what they mean."""
    old = {token.path: token for token in before if isinstance(token.value, Alias)}
    new = {token.path: token for token in after if isinstance(token.value, Alias)}
    for path, one in old.items():
        if path not in new:
            yield Change(ChangeKind.REMOVED, one, None)
            continue
        other = new[path]
        followed = pairs.get(_end(before, one).path)
        if followed is None or followed.path != _end(after, other).path:
            first, second = before.resolve(one), after.resolve(other)
            parts = difference(first, second, tolerances) if type(first) is type(second) else ()
            yield Change(ChangeKind.ROLE_MOVED, one, other, parts)
    yield from (Change(ChangeKind.ADDED, None, other) for path, other in new.items() if path not in old)


def _end(token_set: TokenSet, token: Token) -> Token:
    """The token that holds the value behind an alias."""
    by_path = {each.path: each for each in token_set}
    while isinstance(token.value, Alias):
        token = by_path[token.value.target]
    return token


def _value(token: Token) -> Value:
    assert not isinstance(token.value, Alias)
    return token.value
