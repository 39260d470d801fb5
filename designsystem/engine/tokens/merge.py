"""Many pictures of one interface as one token set: what several show is surer, and light and dark become themes."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from designsystem.engine.colour_space import as_rgb, ciede2000, oklab
from designsystem.engine.tokens.assembly import PALETTE, ROLES, assemble
from designsystem.engine.tokens.conflicts import Conflict, near_duplicates, split_votes
from designsystem.engine.tokens.given_names import THEMED, ChosenNames, choose
from designsystem.engine.tokens.tally import Tally
from designsystem.engine.tokens.token_set import Alias, Path, Source, Token, TokenSet
from designsystem.engine.values import Border, Colour, Role, Typography, Value

MEDIA_TYPE = "application/design-tokens+json"

BY_THEME = (ROLES, THEMED)  # groups whose tokens depend on the theme

_DARK = 0.5  # OKLab lightness of the ground below which a screen is a dark one
_JPEG_NOISE = 1.5  # CIEDE2000 that JPEG moves a flat colour by at most
_BODY = ("typography", "body")


_Votes = dict[tuple["ThemeName", Role], Counter[Colour]]
_Models = dict[tuple["ThemeName", Role, Colour], str]  # that said so, where one did


class ThemeName(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Theme:
    """The roles as `pictures` pictures of one lightness play them, and the names that vision models give to one colour
    on light screens and to another on dark ones; aliases of tokens of the merged set."""

    name: ThemeName
    tokens: tuple[Token, ...]
    pictures: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What the pictures say together.

    `token_set` holds every value, and the tokens of the first of `themes`, that of most pictures. Its source is the
    only picture, or for several a digest of theirs without a size.
    """

    token_set: TokenSet
    themes: tuple[Theme, ...]
    conflicts: tuple[Conflict, ...]
    pictures: int


def merge(token_sets: Iterable[TokenSet]) -> Merged:
    """One set of many; their order changes nothing, and the same picture twice counts once.

    Memory grows with the distinct values and not with the pictures. ValueError when there are none.
    """
    merger = _Merger()
    for token_set in token_sets:
        merger.add(token_set)
    return merger.merged()


@dataclass(slots=True)
class _Merger:
    sources: dict[str, Source] = field(default_factory=dict)
    tallies: dict[Value, Tally] = field(default_factory=dict)
    themes: Counter[ThemeName] = field(default_factory=Counter)
    votes: _Votes = field(default_factory=lambda: defaultdict(Counter))
    models: _Models = field(default_factory=dict)
    body_sizes: Counter[float] = field(default_factory=Counter)

    def add(self, token_set: TokenSet) -> None:
        source = token_set.source
        if source.sha256 in self.sources:
            return
        picture = len(self.sources)
        self.sources[source.sha256] = source
        theme = _theme(token_set)
        self.themes[theme] += 1
        for token in token_set:
            if token.evidence is not None:
                tally = self.tallies.setdefault(token.evidence.value, Tally(token.evidence.value))
                tally.add(token.evidence, picture, source, theme)
            elif token.path[:2] == ROLES and isinstance(token.value, Alias):
                self._vote(theme, Role(token.path[2]), token_set.resolve(token), token.value.by)
            if token.path == _BODY and isinstance(token.value, Typography):
                self.body_sizes[token.value.size] += 1

    def merged(self) -> Merged:
        if not self.sources:
            raise ValueError("nothing to merge")
        settled = _settled([tally for tally in self.tallies.values() if isinstance(tally.value, Colour)])
        tallies = _folded(self.tallies.values(), settled)
        named = assemble([tally.observation(len(self.sources)) for tally in tallies.values()], self._source())
        values = [token for token in named if token.path[:2] != ROLES]
        chosen = choose(values)
        values = [replace(token, path=chosen.paths.get(token.path, token.path)) for token in values]
        paths = {token.value: token.path for token in values if isinstance(token.value, Colour)}
        votes = _settled_votes(self.votes, settled)
        models = {(theme, role, settled.get(colour, colour)): by for (theme, role, colour), by in self.models.items()}
        themes = [
            Theme(name, (*_roles(name, votes, models, paths), *_themed(name, chosen)), count)
            for name, count in self._themes_by_size()
        ]
        palette = [token for token in values if token.path[:2] == PALETTE]
        tokens = (*palette, *themes[0].tokens, *values[len(palette) :])
        return Merged(
            token_set=replace(named, tokens=tokens, notes=_notes(values, chosen)),
            themes=tuple(themes),
            conflicts=(*self._split_votes(votes, paths), *near_duplicates(values, tallies), *chosen.conflicts),
            pictures=len(self.sources),
        )

    def _vote(self, theme: ThemeName, role: Role, colour: Value, model: str) -> None:
        if isinstance(colour, Colour):
            self.votes[theme, role][colour] += 1
            if model:
                key = (theme, role, colour)
                self.models[key] = min(self.models.get(key, model), model)

    def _themes_by_size(self) -> list[tuple[ThemeName, int]]:
        order = list(ThemeName)
        return sorted(self.themes.items(), key=lambda each: (-each[1], order.index(each[0])))

    def _split_votes(self, votes: _Votes, paths: Mapping[Colour, Path]) -> Iterator[Conflict]:
        for (theme, role), colours in sorted(votes.items()):
            named = {".".join(paths[colour]): count for colour, count in colours.items()}
            yield from split_votes((*ROLES, role.value), named, theme)
        yield from split_votes(_BODY, {f"{size:g}px": count for size, count in self.body_sizes.items()})

    def _source(self) -> Source:
        if len(self.sources) == 1:
            return next(iter(self.sources.values()))
        digest = hashlib.sha256("".join(sorted(self.sources)).encode()).hexdigest()
        return Source(digest, MEDIA_TYPE, 0, 0, 1.0, pixel_ratio_given=True, pixel_ratio_confidence=1.0)


def _theme(token_set: TokenSet) -> ThemeName:
    """By the lightness of the ground: the background's, or the largest colour's where nothing plays that role."""
    seen = [token.evidence for token in token_set.group("color") if token.evidence is not None]
    by_share = sorted(seen, key=lambda evidence: -evidence.share)
    named = [token_set.resolve(token) for token in token_set if token.path == (*ROLES, Role.BACKGROUND)]
    for ground in (*named, *(evidence.value for evidence in by_share)):
        if isinstance(ground, Colour):
            return ThemeName.DARK if oklab(as_rgb([ground]))[0, 0] < _DARK else ThemeName.LIGHT
    return ThemeName.LIGHT


def _settled(colours: Sequence[Tally]) -> dict[Colour, Colour]:
    """For each colour that only lossy pictures show: the colour that it is, seen with noise. Itself for the others."""
    order = sorted(colours, key=lambda tally: (not tally.lossless, -tally.share, repr(tally.value)))
    kept: list[Colour] = []
    settled: dict[Colour, Colour] = {}
    for tally in order:
        colour = tally.value
        assert isinstance(colour, Colour)
        near = [] if tally.lossless else _within_noise(colour, kept)
        if not near:
            kept.append(colour)
        settled[colour] = near[0] if near else colour
    return settled


def _within_noise(colour: Colour, kept: Sequence[Colour]) -> list[Colour]:
    """Those of `kept` that `colour` may be, nearest first."""
    alike = [each for each in kept if each.alpha == colour.alpha]
    if not alike:
        return []
    distances = ciede2000(as_rgb(alike), as_rgb([colour]))
    return [alike[i] for i in np.argsort(distances, kind="stable") if distances[i] <= _JPEG_NOISE]


def _folded(tallies: Iterable[Tally], settled: Mapping[Colour, Colour]) -> dict[Value, Tally]:
    """The tallies by the value that each really is."""
    folded: dict[Value, Tally] = {}
    for tally in tallies:
        value = _with_settled_colours(tally.value, settled)
        folded.setdefault(value, Tally(value)).absorb(tally)
    return folded


def _with_settled_colours(value: Value, settled: Mapping[Colour, Colour]) -> Value:
    if isinstance(value, Colour):
        return settled.get(value, value)
    if isinstance(value, Border | Typography):
        return replace(value, colour=settled.get(value.colour, value.colour))
    return value


def _settled_votes(votes: _Votes, settled: Mapping[Colour, Colour]) -> _Votes:
    counted: _Votes = defaultdict(Counter)
    for key, colours in votes.items():
        for colour, count in colours.items():
            counted[key][settled.get(colour, colour)] += count
    return counted


def _roles(theme: ThemeName, votes: _Votes, models: _Models, paths: Mapping[Colour, Path]) -> tuple[Token, ...]:
    """For each role the colour that most pictures of the theme give it; the first in the palette when they tie."""
    order = list(paths)
    winners = {
        role: min(colours, key=lambda colour: (-colours[colour], order.index(colour)))
        for role in Role
        if (colours := votes.get((theme, role)))
    }
    return tuple(
        Token((*ROLES, role.value), Alias(paths[colour], models.get((theme, role, colour), "")))
        for role, colour in winners.items()
    )


def _themed(theme: ThemeName, chosen: ChosenNames) -> tuple[Token, ...]:
    """The names that this theme and the other give to different colours."""
    return tuple(
        Token((*THEMED, name), Alias(chosen.paths.get(each.path, each.path), each.by))
        for name, each in sorted(chosen.themed.get(theme, {}).items())
    )


def _notes(values: Iterable[Token], chosen: ChosenNames) -> tuple[str, ...]:
    """Who named what, where a model did."""
    if not chosen.paths and not chosen.themed:
        return ()
    models = {name.by for token in values if token.evidence for name in token.evidence.names}
    return (f"Names and roles by {', '.join(sorted(models))} as most pictures have them; every value is measured.",)
