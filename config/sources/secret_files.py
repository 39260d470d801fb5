"""Reads secrets that are files: NAME_FILE names one, and a secrets directory holds one for each variable."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from config.problems import Problem
from config.provenance import Layer, Origin, Reading, shown_path
from config.registry import PREFIX, settings
from config.sources.permissions import world_readable

_LARGEST = 64 * 1024


def read_named_files(variables: Iterable[Reading], root: Path) -> tuple[list[Reading], list[Problem]]:
    """The file behind every NAME_FILE whose NAME is a setting."""
    named = [
        (reading.name.removesuffix("_FILE"), root / reading.value)
        for reading in variables
        if reading.name.endswith("_FILE") and reading.name.removesuffix("_FILE") in settings() and reading.value
    ]
    return _read_all(named)


def read_secrets_dir(folder: Path | None) -> tuple[list[Reading], list[Problem]]:
    """The files of the folder that are named like a setting; others are none of our business unless they look it."""
    if folder is None:
        return [], []
    if not folder.is_dir():
        fix = "Make it, or take back LOUPE_SECRETS_DIR."
        return [], [Problem("unreadable_source", shown_path(folder), "The folder of secrets is missing.", fix)]
    try:
        files = sorted(folder.iterdir())
    except OSError:
        fix = "Let the process list it."
        return [], [Problem("unreadable_source", shown_path(folder), "The folder of secrets cannot be read.", fix)]
    ours = [(path.name, path) for path in files if path.name in settings() or path.name.startswith(PREFIX)]
    return _read_all(ours)


def _read_all(named: list[tuple[str, Path]]) -> tuple[list[Reading], list[Problem]]:
    readings, problems = [], []
    for name, path in named:
        outcome = _read(name, path)
        if isinstance(outcome, Reading):
            readings.append(outcome)
        else:
            problems.append(outcome)
    return readings, problems


def _read(name: str, path: Path) -> Reading | Problem:
    shown = shown_path(path)
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return Problem(
                "unreadable_source", name, f"{shown} is no file, or larger than 64 KiB.", "Name the file of the secret."
            )
        # newline="" keeps what is inside the secret; the one at the end comes from the editor
        with path.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
        readable = world_readable(path)
    except (OSError, UnicodeDecodeError):
        return Problem(
            "unreadable_source", name, f"{shown} cannot be read.", "Check its permissions and that it is UTF-8."
        )
    value = text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
    return Reading(name, value, Origin(Layer.SECRET_FILE, shown), readable)
