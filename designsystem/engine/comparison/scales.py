"""The scales of a token set, against which measured values are held: each value once, with all its names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.comparison.finding import Answer
from designsystem.engine.tokens.token_set import Path, TokenSet
from designsystem.engine.values import Colour, Value

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Step(Generic[V]):
    """A value of a scale and the tokens that have it, in the order of the set."""

    value: V
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A step seen from a measured value: `paths` are the tokens it stands for, nearest ranks come first."""

    answer: Answer
    paths: tuple[Path, ...]


def steps(token_set: TokenSet, group: str, part: Callable[[Value], V | None]) -> tuple[Step[V], ...]:
    """The distinct parts of the group's values; tokens without that part are left out."""
    found: dict[V, list[Path]] = {}
    for token in token_set.group(group):
        wanted = part(token_set.resolve(token))
        if wanted is not None:
            found.setdefault(wanted, []).append(token.path)
    return tuple(Step(value, tuple(paths)) for value, paths in found.items())


def ranked(scale: Sequence[Step[V]], distance: Callable[[V], float], text: Callable[[V], str]) -> tuple[Ranked, ...]:
    """The steps, nearest first; of equally near ones that which stands first in the set."""
    distances = [distance(step.value) for step in scale]
    return _ranked(scale, distances, text)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours that a token set allows: its opaque tokens, and its translucent ones laid over each of these."""

    scale: tuple[Step[Colour], ...]

    @classmethod
    def of(cls, token_set: TokenSet) -> Palette:
        given = steps(token_set, "color", lambda value: value if isinstance(value, Colour) else None)
        opaque = [step for step in given if step.value.alpha == 1]
        laid = {step.value: step for step in opaque}
        for top in given:
            if top.value.alpha < 1:
                for ground in opaque or [Step(Colour(255, 255, 255), ())]:
                    painted = over(top.value, ground.value)
                    laid.setdefault(painted, Step(painted, top.paths))
        return cls(tuple(laid.values()))

    def ranked(self, colour: Colour) -> tuple[Ranked, ...]:
        """Steps by CIEDE2000 to `colour`; none in a set without colours."""
        distances = ciede2000(as_rgb([colour]), as_rgb(step.value for step in self.scale)).tolist()
        return _ranked(self.scale, distances, lambda value: value.hex)


def over(top: Colour, ground: Colour) -> Colour:
    """What a translucent colour paints on an opaque one (source-over in sRGB, as browsers composite)."""
    if top.alpha == 1:
        return top
    pairs = zip((top.red, top.green, top.blue), (ground.red, ground.green, ground.blue), strict=True)
    return Colour(*(round(a * top.alpha + b * (1 - top.alpha)) for a, b in pairs))


def dotted(path: Path) -> str:
    return ".".join(path)


def _ranked(scale: Sequence[Step[V]], distances: Iterable[float], text: Callable[[V], str]) -> tuple[Ranked, ...]:
    order = sorted(zip(distances, range(len(scale)), strict=True))
    return tuple(
        Ranked(
            Answer(tuple(map(dotted, scale[index].paths)), text(scale[index].value), round(distance, 3)),
            scale[index].paths,
        )
        for distance, index in order
    )
