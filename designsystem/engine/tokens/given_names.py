"""The names that vision models gave: one name for each value, one value for each name, and what had to give way told.

Values are found by their measured paths; nothing here can change one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from designsystem.engine.tokens.conflicts import Choice, Conflict, ConflictKind
from designsystem.engine.tokens.token_set import Path, Token

THEMED = ("color", "theme")

_PALETTE = ("color", "palette")


@dataclass(frozen=True, slots=True)
class ChosenNames:
    """`paths` are the new paths by the measured ones. `themed` are, by theme and name, the colours of those names that
    light and dark pictures give to different colours: the name is the same, and the theme decides.
    """

    paths: Mapping[Path, Path]
    themed: Mapping[str, Mapping[str, ThemedColour]]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class ThemedColour:
    """The measured path of a colour, and the model by which it has its name in a theme."""

    path: Path
    by: str


def choose(tokens: Sequence[Token]) -> ChosenNames:
    """The name of most pictures for each token that models named; `tokens` are measured ones, without aliases.

    A name that several values claim goes to the one with most pictures, and never takes that of a token without a
    model's name. A value that lost its name has its next best one, or else its measured one.
    """
    chosen = _Chosen(tokens)
    return ChosenNames(chosen.paths, chosen.themed, tuple(chosen.conflicts()))


class _Chosen:
    """Claims are, by the path that a name would be, the pictures for it by measured path."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = {token.path: token for token in tokens}
        self.order = {path: place for place, path in enumerate(self.tokens)}
        by_theme = self._claims_by_theme()
        self.themed = self._themed(by_theme)
        names = {name for colours in self.themed.values() for name in colours}
        self.themed_claims = {
            (path[-1], theme): claims
            for path, themes in by_theme.items()
            if path[:-1] == _PALETTE and path[-1] in names
            for theme, claims in themes.items()
        }
        self.claims = {
            path: sum(themes.values(), Counter[Path]())
            for path, themes in by_theme.items()
            if path[:-1] != _PALETTE or path[-1] not in names
        }
        self.paths = self._without_clashes(self._by_most_pictures())

    def conflicts(self) -> Iterator[Conflict]:
        yield from self._split_names()
        for wanted, claims in sorted(self.claims.items()):
            holder = wanted if wanted in self.tokens and wanted not in self.paths else None
            sides = Counter(claims)
            if holder is not None:
                evidence = self.tokens[holder].evidence
                sides[holder] += evidence.picture_count if evidence else 0
            yield from self._shared(wanted, sides)
        for (name, theme), claims in sorted(self.themed_claims.items()):
            yield from self._shared((*THEMED, name), claims, theme)

    def _claims_by_theme(self) -> dict[Path, dict[str, Counter[Path]]]:
        claims: dict[Path, dict[str, Counter[Path]]] = defaultdict(lambda: defaultdict(Counter))
        for token in self.tokens.values():
            for given in token.evidence.names if token.evidence else ():
                claims[(*token.path[:-1], given.name)][given.theme][token.path] += given.pictures
        return claims

    def _themed(self, by_theme: Mapping[Path, Mapping[str, Counter[Path]]]) -> dict[str, dict[str, ThemedColour]]:
        themed: dict[str, dict[str, ThemedColour]] = defaultdict(dict)
        for path, themes in sorted(by_theme.items()):
            winners = {theme: self._winner(claims) for theme, claims in themes.items()}
            if path[:-1] == _PALETTE and len(set(winners.values())) > 1:
                for theme, winner in winners.items():
                    themed[theme][path[-1]] = ThemedColour(winner, self._model(winner, path[-1], theme))
        return dict(themed)

    def _model(self, path: Path, name: str, theme: str) -> str:
        """Whose pictures of the theme give the name most often."""
        evidence = self.tokens[path].evidence
        names = evidence.names if evidence else ()
        return next(given.by for given in names if (given.name, given.theme) == (name, theme))

    def _winner(self, claims: Counter[Path]) -> Path:
        return min(claims, key=lambda path: (-claims[path], self.order[path]))

    def _by_most_pictures(self) -> dict[Path, Path]:
        claims = [(path, wanted, count) for wanted, claims in self.claims.items() for path, count in claims.items()]
        paths: dict[Path, Path] = {}
        taken: set[Path] = set()
        for path, wanted, _ in sorted(claims, key=lambda each: (-each[2], self.order[each[0]], each[1])):
            if path not in paths and wanted not in taken:
                paths[path] = wanted
                taken.add(wanted)
        return paths

    def _without_clashes(self, paths: dict[Path, Path]) -> dict[Path, Path]:
        """Without those names that a token has which keeps its measured one."""
        kept = dict(paths)
        while clashes := [old for old, new in kept.items() if new in self.tokens and new not in kept]:
            for old in clashes:
                del kept[old]
        return kept

    def _split_names(self) -> Iterator[Conflict]:
        names: dict[Path, Counter[str]] = defaultdict(Counter)
        for wanted, claims in self.claims.items():
            for path, count in claims.items():
                names[path][wanted[-1]] += count
        for path in self.tokens:
            if len(names[path]) > 1:
                final = self.paths.get(path, path)
                yield Conflict(ConflictKind.SPLIT_NAME, final, _choices(names[path], final[-1]))

    def _shared(self, wanted: Path, claims: Counter[Path], theme: str = "") -> Iterator[Conflict]:
        if len(claims) > 1:
            sides = {".".join(self.paths.get(path, path)): count for path, count in claims.items()}
            colour = self.themed[theme][wanted[-1]].path if theme else None
            taken = self.paths.get(colour, colour) if colour else wanted
            yield Conflict(ConflictKind.SHARED_NAME, wanted, _choices(sides, ".".join(taken)), theme)


def _choices(sides: Mapping[str, int], taken: str) -> tuple[Choice, ...]:
    """What was taken first, then by the number of pictures."""
    ordered = sorted(sides.items(), key=lambda each: (each[0] != taken, -each[1], each[0]))
    return tuple(Choice(text, count) for text, count in ordered)
