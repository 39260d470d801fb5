"""Reads the configuration file, with the line of every value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.problems import Problem
from config.provenance import Layer, Origin, Reading, shown_path
from config.registry import settings_by_path
from config.sources.permissions import world_readable

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"\s*(?:([A-Za-z0-9_-]+)|\"([^\"]+)\"|'([^']+)')\s*=")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """`schema_version` is 1 when the file names none, None when there is no file."""

    readings: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()
    schema_version: int | None = None


def read_toml_file(path: Path, *, required: bool) -> TomlFile:
    """Every value of the file by its path, such as `database.url`, known or not."""
    shown = shown_path(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except FileNotFoundError:
        missing = _unreadable(shown, "The file is missing.", "Make it, or take back LOUPE_CONFIG_FILE.")
        return TomlFile(problems=(missing,) if required else ())
    except (OSError, UnicodeDecodeError):
        return TomlFile(problems=(_unreadable(shown, "The file cannot be read.", "Check its permissions and UTF-8."),))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))  # the rest of the text may quote the file
        place = f"{shown}:{where[1]}" if where else shown
        return TomlFile(problems=(_unreadable(place, "This is not TOML.", "Correct the line."),))
    version = content.pop("schema_version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return TomlFile(problems=(_unreadable(shown, "schema_version is not a number.", "Write schema_version = 1."),))
    lines, readable = _lines(text), world_readable(path)
    readings = tuple(
        Reading(name, value, Origin(Layer.FILE, shown, lines.get(name)), readable) for name, value in _flat(content)
    )
    return TomlFile(readings, schema_version=version)


def _flat(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict) and name not in settings_by_path():
            for inner, each in value.items():
                yield f"{name}.{inner}", each
        else:
            yield name, value


def _lines(text: str) -> dict[str, int]:
    """The line of each `table.key`; a key inside a multi-line string is passed over."""
    found: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            if header := _TABLE.match(line):
                table = header[1]
                found.setdefault(table, number)
            elif key := _KEY.match(line):
                name = key[1] or key[2] or key[3]
                found.setdefault(f"{table}.{name}" if table else name, number)
        for quotes in ('"""', "'''"):
            if inside in ("", quotes) and line.count(quotes) % 2:
                inside = "" if inside else quotes
    return found


def _unreadable(place: str, message: str, fix: str) -> Problem:
    return Problem("unreadable_source", place, message, fix)
