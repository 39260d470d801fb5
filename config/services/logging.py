"""Structured logs: one JSON object a line, or readable lines for a developer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from config.environments import Policy
from config.problems import Problem
from config.services.model import ConfigService


class LoggingConfigService(ConfigService):
    section: ClassVar[str] = "logging"

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is written.")
    format: Literal["json", "console"] = Field(
        "console", description="One JSON object a line for machines, or lines for a person."
    )

    def django_settings(self) -> dict[str, Any]:
        return {
            "LOGGING": {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"structured": {"()": "config.log_format.formatter", "style": self.format}},
                "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
                "root": {"handlers": ["stderr"], "level": self.level},
                # no request lines and no error mails: the middleware writes one line a request, without bodies
                "loggers": {
                    "django": {"handlers": [], "propagate": True},
                    "django.server": {"handlers": [], "propagate": False},
                },
            }
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = []
        if policy.json_logs_required and self.format != "json":
            problems.append(
                Problem("json_logs_required", "LOUPE_LOGGING_FORMAT", "Logs are for people.", "Set it to json.")
            )
        if not policy.debug_allowed and self.level == "DEBUG":
            problems.append(
                Problem(
                    "debug_logs_not_allowed",
                    "LOUPE_LOGGING_LEVEL",
                    "Libraries write requests and answers at this level.",
                    "Set INFO.",
                )
            )
        return problems
