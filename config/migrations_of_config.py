"""The schema versions of the configuration: pure steps from one to the next, and back where nothing is lost.

To change the schema: append a Step, and the loader, the documentation and `migrate_config` know it. A renamed setting
is read under its old name until the version after, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Content = dict[str, Any]


class WouldLose(Exception):
    """Going back would drop or change a value; the text names the setting, never its value."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A value written in another way. `back` raises WouldLose where the earlier way cannot say it."""

    forward: Callable[[Any], Any]
    back: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """From version `makes - 1` to `makes`. Paths are those of the file (`table.key`, or `key` at the top)."""

    makes: int
    why: str
    renames: Mapping[str, str] = field(default_factory=dict)
    conversions: Mapping[str, Conversion] = field(default_factory=dict)

    def forward(self, content: Content) -> Content:
        """The content in the new version; renames come first, so conversions name new paths."""
        result = deepcopy(content)
        for old, new in self.renames.items():
            _move(result, old, new)
        for path, conversion in self.conversions.items():
            _convert(result, path, conversion.forward)
        return result

    def back(self, content: Content) -> Content:
        """The content in the version before."""
        result = deepcopy(content)
        for path, conversion in self.conversions.items():
            _convert(result, path, conversion.back)
        for old, new in self.renames.items():
            _move(result, new, old)
        return result


@dataclass(frozen=True, slots=True)
class Replaced:
    """A variable's new name, the version that brought it, and whether the old one is still read."""

    new_key: str
    version: int
    still_read: bool


def _to_array(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _to_text(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if any(not isinstance(part, str) or "," in part or part != part.strip() for part in value):
        raise WouldLose("a part holds a comma or is not text")
    return ",".join(value)


_LIST_AS_TEXT = Conversion(_to_array, _to_text)

STEPS: tuple[Step, ...] = (
    Step(
        makes=2,
        why="The lifetime of access tokens belongs to authentication, beside the other lifetimes.",
        renames={"api.access_token_seconds": "authentication.access_token_seconds"},
    ),
    Step(
        makes=3,
        why="Debug pages concern the whole project, and lists in the file are arrays.",
        renames={"api.debug": "debug"},
        conversions={
            "security.allowed_hosts": _LIST_AS_TEXT,
            "security.csrf_trusted_origins": _LIST_AS_TEXT,
            "security.cors_allowed_origins": _LIST_AS_TEXT,
            "security.trusted_proxies": _LIST_AS_TEXT,
        },
    ),
)
FIRST_VERSION = 1
CURRENT_VERSION = STEPS[-1].makes


def steps_between(start: int, end: int) -> list[tuple[Step, bool]]:
    """The steps from one version to another in order, each with whether it goes forward."""
    if start <= end:
        return [(step, True) for step in STEPS if start < step.makes <= end]
    return [(step, False) for step in reversed(STEPS) if end < step.makes <= start]


def migrate(content: Content, start: int, end: int) -> Content:
    """`content` without its schema_version, taken from version `start` to `end`. WouldLose names the step."""
    for step, forward in steps_between(start, end):
        content = step.forward(content) if forward else step.back(content)
    return content


def variable_of(path: str) -> str:
    """The variable of a path that never had a name of its own."""
    return "LOUPE_" + path.replace(".", "_").upper()


@cache
def replaced_keys() -> dict[str, Replaced]:
    """Every variable that had another name in an earlier version."""
    found: dict[str, Replaced] = {}
    for step in STEPS:
        for old, new in step.renames.items():
            # followed through later steps, so that an old name always leads to today's
            newest = new
            for later in STEPS:
                if later.makes > step.makes:
                    newest = later.renames.get(newest, newest)
            found[variable_of(old)] = Replaced(variable_of(newest), step.makes, step.makes == CURRENT_VERSION)
    return found


def _move(content: Content, old: str, new: str) -> None:
    value = _take(content, old)
    if value is _NOTHING:
        return
    if _get(content, new) is not _NOTHING:
        raise WouldLose(f"{old} and {new} are both set")
    table, _, key = new.rpartition(".")
    (content.setdefault(table, {}) if table else content)[key] = value


def _convert(content: Content, path: str, change: Callable[[Any], Any]) -> None:
    value = _get(content, path)
    if value is _NOTHING:
        return
    table, _, key = path.rpartition(".")
    try:
        (content[table] if table else content)[key] = change(value)
    except WouldLose as loss:
        raise WouldLose(f"{path}: {loss}") from None


_NOTHING: Any = object()


def _get(content: Content, path: str) -> Any:
    table, _, key = path.rpartition(".")
    home = content.get(table, {}) if table else content
    return home.get(key, _NOTHING) if isinstance(home, dict) else _NOTHING


def _take(content: Content, path: str) -> Any:
    table, _, key = path.rpartition(".")
    home = content.get(table, {}) if table else content
    return home.pop(key, _NOTHING) if isinstance(home, dict) else _NOTHING
