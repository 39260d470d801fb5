"""One setting as a person asks about it: what it is, where its value came from, and what that hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.masking import MASK, masked
from config.orchestrator import ConfigServiceOrchestrator
from config.provenance import Reading
from config.registry import Setting, settings, settings_by_path


@dataclass(frozen=True, slots=True)
class Inspected:
    """`hidden` are the sources that the winner hides, strongest first, each with its masked value."""

    setting: Setting
    value: Any
    origin: str
    hidden: tuple[tuple[str, Any], ...]

    def as_row(self) -> dict[str, Any]:
        return {
            "key": self.setting.key,
            "path": self.setting.path,
            "value": self.value,
            "origin": self.origin,
            "hides": [{"origin": origin, "value": value} for origin, value in self.hidden],
            "secret": self.setting.secret,
            "description": self.setting.doc,
        }


def find_setting(name: str) -> Setting | None:
    """By variable or by path in the file, in any case."""
    return settings().get(name.upper()) or settings_by_path().get(name.lower())


def inspect(orchestrator: ConfigServiceOrchestrator, setting: Setting) -> Inspected:
    service, field = setting.homes[-1]
    readings = orchestrator.resolution.readings.get(setting.key, ())
    return Inspected(
        setting,
        masked(getattr(getattr(orchestrator, service), field)),
        str(orchestrator.resolution.origin(setting.key)),
        tuple((str(reading.origin), _masked_raw(setting, reading)) for reading in readings[1:]),
    )


def inspect_all(orchestrator: ConfigServiceOrchestrator) -> list[Inspected]:
    return [inspect(orchestrator, setting) for setting in settings().values()]


def _masked_raw(setting: Setting, reading: Reading) -> Any:
    return MASK if setting.secret else masked(reading.value)
