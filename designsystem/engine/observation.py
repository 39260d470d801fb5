"""A measurement with its evidence: what was seen, where, how sure, and how it was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from designsystem.engine.geometry import Box
from designsystem.engine.values import Role, Value


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture of several that show the same value: its digest, and how often the value was seen there."""

    sha256: str
    count: int


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name that the vision model `by` gave a value in so many pictures of one theme: as the model sees it in one
    picture, by the ground's lightness where pictures were merged."""

    name: str
    by: str
    theme: str = ""
    pictures: int = 1


@dataclass(frozen=True, slots=True)
class Ruler:
    """A run of text by which the same text is measured elsewhere (see text/rulers.py), in em: the middles of parts of
    equal ink along it, from the first one on; the height of its letters, and their median width where they show one.
    """

    marks: tuple[float, ...]
    height: float
    letter: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One distinct value of the picture. Measures return each value once, with all its sightings.

    `boxes` are device pixels, the most telling first, and never empty; `confidence` is 0 to 1; `method` names the
    measurement ("text-core", "box-fill", "corner-coverage"); `count` is the number of sightings, which may exceed the
    boxes kept; `share` is the part of the picture's pixels painted so, 0 to 1 (0 where that has no meaning);
    `roles` only for colours, the strongest first. Where pictures were merged, `pictures` are those that show the value,
    the most telling first (whose the boxes are) and a few of `picture_count`; for one picture alone it is empty.
    `names` are those that vision models gave it, the one of most pictures first; a token with another name has it from
    its value. `rulers` only for text styles, a few of the runs that show it. `components` are the kinds of components
    that a vision model saw it in.
    """

    value: Value
    boxes: tuple[Box, ...]
    confidence: float
    method: str
    count: int = 1
    share: float = 0.0
    roles: tuple[Role, ...] = ()
    pictures: tuple[Sighting, ...] = ()
    picture_count: int = 1
    names: tuple[GivenName, ...] = ()
    rulers: tuple[Ruler, ...] = ()
    components: tuple[str, ...] = ()


def summed_names(names: Iterable[GivenName]) -> tuple[GivenName, ...]:
    """Each name once with all its pictures, the one of most pictures first."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for each in names:
        counted[each.name, each.by, each.theme] += each.pictures
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return tuple(GivenName(name, by, theme, pictures) for (name, by, theme), pictures in ordered)
