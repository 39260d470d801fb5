"""The inventory of personal data: what is held of a person, how it is exported, erased and for how long it is kept.

Every app adds its part in AppConfig.ready(): accounts may not import those above it. A test walks all models and names
the one that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User

Rows = Callable[["User"], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Holding:
    """One table. `exported` names the section of the export, or says why there is none."""

    model: str
    what: str
    exported: str
    erased: str
    kept: str


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """A file of the person, for the export; `read` gives its bytes when they are asked for."""

    path: str
    read: Callable[[], bytes]


def _no_files(user: User) -> Iterator[PersonalFile]:
    return iter(())


def _nothing(user: User) -> dict[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class PersonalDataSource:
    """One app's part. `erase` does what deleting the account's row would not do, inside the transaction of the erasure,
    and gives counts for the receipt.
    """

    name: str
    holdings: tuple[Holding, ...]
    sections: Mapping[str, Rows] = field(default_factory=dict)
    files: Callable[[User], Iterable[PersonalFile]] = _no_files
    erase: Callable[[User], Mapping[str, int]] = _nothing


_sources: dict[str, PersonalDataSource] = {}


def register_source(source: PersonalDataSource) -> None:
    """Add an app's part; a second one of the same name takes the first one's place."""
    _sources[source.name] = source


def sources() -> tuple[PersonalDataSource, ...]:
    return tuple(_sources.values())


def holdings() -> tuple[Holding, ...]:
    return tuple(each for source in sources() for each in source.holdings)
