"""Which environment this is, and which of its demands somebody answers for."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from config.environments import Environment, Policy
from config.problems import CATALOGUE, Problem
from config.services.model import ConfigService


def _reasons(value: object) -> object:
    if not isinstance(value, str):
        return value
    entries = (entry.partition("=") for entry in value.split(";") if entry.strip())
    return {check.strip(): reason.strip() for check, _, reason in entries}


class GeneralConfigService(ConfigService):
    section: ClassVar[str] = ""

    environment: Environment = Field(
        Environment.DEVELOPMENT, description="Decides what is demanded of every other setting; see the table above."
    )
    debug: bool = Field(False, description="Django's debug pages. They show internals: development only.")
    debug_tools: bool = Field(
        False,
        description="Every answer tells its time and its number of SQL queries (Server-Timing). Not in production.",
    )
    silenced_problems: Annotated[dict[str, str], BeforeValidator(_reasons)] = Field(
        {},
        description="Problems that somebody answers for: check id and reason, as `config.E027=one machine, backed up`; "
        "several are separated by semicolons.",
    )

    @field_validator("silenced_problems")
    @classmethod
    def _known(cls, silenced: dict[str, str]) -> dict[str, str]:
        known = {f"config.{check}" for check in CATALOGUE.values()}
        if any(check not in known for check in silenced):
            raise ValueError("names a check that does not exist")
        return silenced

    def django_settings(self) -> dict[str, Any]:
        return {"DEBUG": self.debug, "SILENCED_SYSTEM_CHECKS": sorted(self.silenced())}

    def silenced(self) -> dict[str, str]:
        """The check ids that are silenced, each with its reason; those without a reason do not count."""
        return {check: reason for check, reason in self.silenced_problems.items() if reason.strip()}

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = [
            Problem(
                "silenced_without_reason",
                "LOUPE_SILENCED_PROBLEMS",
                f"{check} is silenced without a reason.",
                f"Write {check}=REASON, or take it out.",
            )
            for check, reason in self.silenced_problems.items()
            if not reason.strip()
        ]
        if self.debug and not policy.debug_allowed:
            problems.append(
                Problem("debug_not_allowed", "LOUPE_DEBUG", "Debug pages show internals.", "Set it to false.")
            )
        if self.debug_tools and not policy.debug_tools_allowed:
            problems.append(
                Problem(
                    "debug_tools_not_allowed",
                    "LOUPE_DEBUG_TOOLS",
                    "Strangers learn how long inner steps take.",
                    "Set it to false.",
                )
            )
        return problems
