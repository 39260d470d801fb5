"""Moves entries inside a TOML text with their comments, leaving every other character as it is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(#.*)?$")
_OTHER_HEADER = re.compile(r"\s*\[")
_KEY = re.compile(r"(\s*)([A-Za-z0-9_-]+|\"[^\"]+\"|'[^']+')(\s*=)")


class LayoutError(Exception):
    """The text is laid out in a way that this module does not move: dotted keys, inline tables, nested tables."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines `first` (its comments) to `end` (exclusive); the key itself stands on `start`."""

    path: str
    first: int
    start: int
    end: int


def entries(lines: list[str]) -> list[Entry]:
    """Every `key = value` of the top and of plain tables, in order."""
    found: list[Entry] = []
    table, number = "", 0
    while number < len(lines):
        line = lines[number]
        if header := _HEADER.match(line):
            table = header[1]
        elif _OTHER_HEADER.match(line):
            table = "?"  # nested tables and arrays of tables: their entries have paths that nothing asks for
        elif key := _KEY.match(line):
            end = _end(lines, number)
            name = key[2].strip("\"'")
            path = f"{table}.{name}" if table else name
            found.append(Entry(path, _first_comment(lines, number), number, end))
            number = end
            continue
        number += 1
    return found


def move(text: str, old: str, new: str) -> str:
    """The text with the entry `old` renamed to `new`: in its place in the same table, else at the end of the other."""
    lines = text.splitlines(keepends=True)
    entry = find(lines, old)
    if entry is None:
        raise LayoutError(f"{old} is not written as a line of its own in a plain [table]")
    block = lines[entry.first : entry.end]
    if not block[-1].endswith("\n"):
        block[-1] += "\n"
    offset = entry.start - entry.first
    block[offset] = _KEY.sub(lambda key: f"{key[1]}{new.rpartition('.')[2]}{key[3]}", block[offset], count=1)
    if old.rpartition(".")[0] == new.rpartition(".")[0]:
        return "".join([*lines[: entry.first], *block, *lines[entry.end :]])
    rest = [*lines[: entry.first], *lines[entry.end :]]
    return "".join(_insert(rest, block, new.rpartition(".")[0]))


def find(lines: list[str], path: str) -> Entry | None:
    return next((entry for entry in entries(lines) if entry.path == path), None)


def set_version(text: str, version: int) -> str:
    """The text with this schema_version, which is put at the top, after the first comments, where there is none."""
    lines = text.splitlines(keepends=True)
    entry = find(lines, "schema_version")
    if entry is not None:
        lines[entry.start] = re.sub(r"=\s*\d+", f"= {version}", lines[entry.start], count=1)
        return "".join(lines)
    place = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    gap = [] if place == len(lines) or not lines[place].strip() else ["\n"]
    return "".join([*lines[:place], f"schema_version = {version}\n", *gap, *lines[place:]])


def _insert(lines: list[str], block: list[str], table: str) -> list[str]:
    place = _end_of_table(lines, table)
    if place is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        return [*lines, *(["\n"] if lines else []), f"[{table}]\n", *block]
    if place and not lines[place - 1].endswith("\n"):
        lines[place - 1] += "\n"
    following = lines[place] if place < len(lines) else "\n"
    gap = ["\n"] if following.strip() else []
    return [*lines[:place], *block, *gap, *lines[place:]]


def _end_of_table(lines: list[str], table: str) -> int | None:
    """The line after the last entry of the table, or after its header; None when there is no such table."""
    inside = [entry.end for entry in entries(lines) if entry.path.rpartition(".")[0] == table]
    if inside:
        return inside[-1]
    if not table:
        return next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and header[1] == table:
            return number + 1
    return None


def _end(lines: list[str], start: int) -> int:
    """A value may go over several lines: it ends where the lines are TOML for the first time."""
    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    raise LayoutError(f"the value on line {start + 1} does not end")


def _first_comment(lines: list[str], start: int) -> int:
    first = start
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first
