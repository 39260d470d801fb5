"""Settings of a validation from plain JSON types: every member known, every value of its kind, nothing clamped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from designsystem.engine.comparison.contrast import ContrastSettings, WcagLevel
from designsystem.engine.comparison.difference import DifferenceSettings, Metric, SizePolicy
from designsystem.engine.comparison.exception_file import ExceptionFileError, read_box, read_exceptions
from designsystem.engine.comparison.token_matching import ConformanceSettings
from designsystem.engine.comparison.verdict import Settings

_SECTIONS = ("tokens", "contrast", "baseline", "exceptions")
_MOST_MASKS = 1_000


class SettingsError(ValueError):
    """A setting is not what it should be: `pointer` (RFC 6901) says which, below the settings."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


def read_settings(given: Any) -> Settings:
    """From `{"tokens": {...}, "contrast": {...} or null, "baseline": {...}, "exceptions": [...]}`, as a verdict's own
    document echoes them; what is left out has its default, and 0, false and null are values. SettingsError."""
    sections = _object("", given)
    _known("", sections, _SECTIONS)
    contrast = sections.get("contrast", {})
    return Settings(
        tokens=_section(ConformanceSettings, "/tokens", sections.get("tokens", {}), {}),
        contrast=None
        if contrast is None
        else _section(ContrastSettings, "/contrast", contrast, {"level": _one_of(WcagLevel)}),
        difference=_section(
            DifferenceSettings,
            "/baseline",
            sections.get("baseline", {}),
            {"metric": _one_of(Metric), "sizes": _one_of(SizePolicy), "masks": _masks},
        ),
        exceptions=_exceptions(sections.get("exceptions", [])),
    )


def _section(kind: Any, pointer: str, given: Any, readers: Mapping[str, Any]) -> Any:
    values = _object(pointer, given)
    defaults = {each.name: each.default for each in fields(kind) if each.default is not MISSING}
    _known(pointer, values, tuple(defaults))
    read = {
        name: _value(f"{pointer}/{name}", value, defaults[name], readers.get(name)) for name, value in values.items()
    }
    try:
        return kind(**read)
    except ValueError as error:
        setting = str(error).partition(" ")[0]  # these messages begin with the setting that they are about
        raise SettingsError(f"{pointer}/{setting}" if setting in defaults else pointer, str(error)) from None


def _value(pointer: str, value: Any, default: Any, reader: Any) -> Any:
    if reader is not None:
        return reader(pointer, value)
    wanted = type(default) if default is not None else float
    if default is None and value is None:
        return None
    if wanted is float and type(value) in (int, float):
        return float(value)
    if type(value) is not wanted:
        raise SettingsError(pointer, f"This must be {_WORDS[wanted]}.")
    return value


_WORDS = {float: "a number", int: "a whole number", bool: "true or false"}


def _one_of(kind: type[StrEnum]) -> Callable[[str, Any], Any]:
    def read(pointer: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in list(kind):
            raise SettingsError(pointer, f"This must be one of {', '.join(kind)}.")
        return kind(value)

    return read


def _masks(pointer: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > _MOST_MASKS:
        raise SettingsError(pointer, f"This must be a list of at most {_MOST_MASKS:,} rectangles.")
    return tuple(_mask(f"{pointer}/{index}", each) for index, each in enumerate(value))


def _mask(pointer: str, value: Any) -> Any:
    try:
        box = read_box(value)
    except ValueError:
        box = None
    if box is None:
        raise SettingsError(pointer, "This must be [x, y, width, height] in whole device pixels, x and y from 0.")
    return box


def _exceptions(value: Any) -> Any:
    if not isinstance(value, list):
        raise SettingsError("/exceptions", "This must be a list.")
    try:
        return read_exceptions({"exceptions": value})
    except ExceptionFileError as error:
        pointer = "/exceptions" if error.index is None else f"/exceptions/{error.index}"
        raise SettingsError(pointer, error.detail) from None


def _object(pointer: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise SettingsError(pointer, "This must be an object.")
    return given


def _known(pointer: str, values: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in values:
        if name not in names:
            step = str(name).replace("~", "~0").replace("/", "~1")
            raise SettingsError(f"{pointer}/{step}", f"There is no such setting; there are {', '.join(names)}.")
