"""What every configuration service is: a frozen model that gives its Django settings and judges itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from config.environments import Policy
from config.masking import masked
from config.problems import Problem

# a plugin would see every secret that is validated, and looking for plugins costs 10 ms
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent


class ConfigService(BaseModel):
    """One subject of the configuration.

    Made directly it holds defaults and what it is given, nothing from the environment: that is what tests hand in.
    `section` is its table in the configuration file and, in capitals, the middle of its variables' names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=())
    section: ClassVar[str]

    def django_settings(self) -> dict[str, Any]:
        """The Django settings that follow from this subject."""
        return {}

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        """Everything here that `policy` does not allow."""
        return []

    def masked_dump(self) -> dict[str, Any]:
        """Every value in plain types, secrets masked."""
        return {name: masked(getattr(self, name)) for name in type(self).model_fields}


def known_as(key: str) -> dict[str, Any]:
    """For `Field(json_schema_extra=...)`: the variable has a name of its own, one the whole field knows."""
    return {"key": key}


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _from_project_root(value: object) -> object:
    return PROJECT_ROOT / value if isinstance(value, str | Path) else value


CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list; as a variable its parts are separated by commas."""

CommaSeparatedSecrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]

ProjectPath = Annotated[Path, BeforeValidator(_from_project_root)]
"""A path; a relative one begins at the project's root, wherever the process was started."""
