"""What every configuration service is: a frozen model that gives its Django settings and judges itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

from config.environments import Policy


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit the environment. `key` is the variable to change, `fix` says how; never a value."""

    code: str
    key: str
    message: str
    fix: str


def model_config(prefix: str) -> SettingsConfigDict:
    """The pydantic configuration of a service whose variables begin with `prefix`; error texts never show input."""
    return SettingsConfigDict(env_prefix=prefix, frozen=True, extra="forbid", hide_input_in_errors=True)


class ConfigService(BaseSettings):
    """One subject of the configuration."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def django_settings(self) -> dict[str, Any]:
        """The Django settings that follow from this subject."""
        return {}

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        """Everything here that `policy` does not allow."""
        return []
