"""The validation report as Django system checks: the same problems, the same ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning

from config.orchestrator import get_orchestrator

TAG = "config"


def check_configuration(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every problem for the environment of this process. What is silenced never comes here: Django's own list of
    silenced checks knows no reasons."""
    kinds = {"error": Error, "warning": Warning}
    return [
        kinds[problem.level](f"{problem.key}: {problem.message}", hint=problem.fix, id=problem.id)
        for problem in get_orchestrator().report().problems
    ]
