"""A measurement with its evidence: what was seen, where, how sure, and how it was measured."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.geometry import Box
from designsystem.engine.values import Role, Value


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture of several that show the same value: its digest, and how often the value was seen there."""

    sha256: str
    count: int


@dataclass(frozen=True, slots=True)
class Observation:
    """One distinct value of the picture. Measures return each value once, with all its sightings.

    `boxes` are device pixels, the most telling first, and never empty; `confidence` is 0 to 1; `method` names the
    measurement ("text-core", "box-fill", "corner-coverage"); `count` is the number of sightings, which may exceed the
    boxes kept; `share` is the part of the picture's pixels painted so, 0 to 1 (0 where that has no meaning);
    `roles` only for colours, the strongest first. Where pictures were merged, `pictures` are those that show the value,
    the most telling first (whose the boxes are) and a few of `picture_count`; for one picture alone it is empty.
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
