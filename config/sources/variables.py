"""Reads variables: those of the environment and those of the .env file, taken literally, without interpolation."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from config.problems import Problem
from config.provenance import Layer, Origin, Reading, shown_path
from config.sources.permissions import world_readable


def read_environment(environ: Mapping[str, str]) -> list[Reading]:
    return [Reading(name, value, Origin(Layer.ENVIRONMENT, name)) for name, value in environ.items()]


def read_dotenv(path: Path, *, required: bool) -> tuple[list[Reading], list[Problem]]:
    """Every variable of the file in order, and a problem for each line that cannot be read."""
    shown = shown_path(path)
    try:
        text, readable = path.read_text(encoding="utf-8"), world_readable(path)
    except FileNotFoundError:
        fix = "Make it, or take back LOUPE_ENV_FILE."
        return [], [Problem("unreadable_source", shown, "The file is missing.", fix)] if required else []
    except (OSError, UnicodeDecodeError):
        return [], [
            Problem(
                "unreadable_source", shown, "The file cannot be read.", "Check its permissions and that it is UTF-8."
            )
        ]
    from dotenv.parser import parse_stream  # costs 30 ms, and most deployments have no such file

    readings, problems = [], []
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _blank_lines(binding.original.string)
        if binding.error:
            problems.append(
                Problem("unreadable_source", f"{shown}:{line}", "The line is not NAME=value.", "Correct the line.")
            )
        elif binding.key and binding.value is not None:
            readings.append(Reading(binding.key, binding.value, Origin(Layer.DOTENV, shown, line), readable))
    return readings, problems


def _blank_lines(text: str) -> int:
    """The parser counts a variable from the blank lines before it."""
    return len(text) - len(text.lstrip("\r\n")) if text.strip() else 0
