"""Turns what the sources say into services; a value that does not fit becomes a problem without the value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from config.problems import Problem
from config.provenance import Resolution
from config.registry import SERVICES, Setting, settings
from config.services.model import ConfigService


def load_services(resolution: Resolution) -> tuple[dict[str, Any], Resolution]:
    """Every service by its attribute's name, and the resolution with the problems of unfit values added."""
    values: dict[str, dict[str, Any]] = {service: {} for service in SERVICES}
    homes: dict[tuple[str, str], Setting] = {}
    for setting in settings().values():
        reading = resolution.winner(setting.key)
        for home in setting.homes:
            homes[home] = setting
            if reading is not None:
                values[home[0]][home[1]] = reading.value
    services: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name, model in SERVICES.items():
        services[name], unfit = _make(model, values[name])
        for field, message in unfit.items():
            key = homes[name, field].key
            problems.setdefault(key, _malformed(key, message, resolution))
    return services, replace(resolution, problems=(*resolution.problems, *problems.values()))


def _make(model: type[ConfigService], values: dict[str, Any]) -> tuple[ConfigService, dict[str, str]]:
    """The service, and by field why its value was left out."""
    try:
        return model(**values), {}
    except ValidationError as error:
        # the error holds the values: nothing of it but names and messages goes on from here
        unfit = {
            str(each["loc"][0]): str(each["msg"]).removeprefix("Value error, ")
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        }
    rest = {field: value for field, value in values.items() if field not in unfit}
    return model(**rest), unfit


def _malformed(key: str, message: str, resolution: Resolution) -> Problem:
    text = message[:1].lower() + message[1:]
    return Problem(
        "malformed_value", key, f"{resolution.origin(key)}: {text}.", "Correct it; docs/configuration.md says how."
    )
