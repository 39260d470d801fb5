"""Where every value came from: the winner, its file and line or its variable, and what it hides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from config.problems import Problem
from config.services.model import PROJECT_ROOT


class Layer(StrEnum):
    """The sources, weakest first."""

    DEFAULT = "default"
    FILE = "file"
    DOTENV = ".env"
    ENVIRONMENT = "environment"
    SECRET_FILE = "secret file"  # noqa: S105  (the name of a source)


@dataclass(frozen=True, slots=True)
class Origin:
    """`place` is a path or the name of a variable; `line` counts from 1 where the place is a file of several values."""

    layer: Layer
    place: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.place}:{self.line}" if self.line else self.place
        return place if self.layer in (Layer.FILE, Layer.DOTENV) else f"{self.layer} {place}".strip()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that a source gives. `name` is how the source calls it: a path in the file, a variable elsewhere."""

    name: str
    value: Any = field(repr=False)
    origin: Origin
    world_readable: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """For each variable its readings, the winner first, and what is wrong with the sources themselves."""

    readings: dict[str, tuple[Reading, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def winner(self, key: str) -> Reading | None:
        found = self.readings.get(key)
        return found[0] if found else None

    def origin(self, key: str) -> Origin:
        reading = self.winner(key)
        return reading.origin if reading else Origin(Layer.DEFAULT, "")


def shown_path(path: Path) -> str:
    """`path` from the project's root when it lies there, else whole."""
    return str(path.relative_to(PROJECT_ROOT)) if path.is_relative_to(PROJECT_ROOT) else str(path)


def strongest_first(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Later readings win over earlier ones of the same layer."""
    latest_first = list(readings)[::-1]
    order = list(Layer)
    return tuple(sorted(latest_first, key=lambda reading: -order.index(reading.origin.layer)))
