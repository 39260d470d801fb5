"""The whole verdict on a configuration: what start-up prints and what system checks report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from config.environments import Environment, Policy
from config.problems import Problem
from config.services.model import ConfigService

# what is wrong with the sources themselves is nobody's to silence
_SILENCEABLE_FROM = "config.E010"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """`silenced` are problems that somebody answers for, each with the reason."""

    environment: Environment
    problems: tuple[Problem, ...] = ()
    silenced: tuple[tuple[Problem, str], ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "warning")

    def text(self) -> str:
        """All problems at once, grouped by subject, each with its fix. No values."""
        if not self.problems:
            return f"The configuration fits {self.environment}."
        count = f"{len(self.errors)} errors, {len(self.warnings)} warnings"
        lines = [f"The configuration does not fit {self.environment}: {count}."]
        ordered = sorted(self.problems, key=_group)
        for group, problems in groupby(ordered, key=_group):
            lines += ["", group]
            for problem in problems:
                lines += [f"  {problem.id}  {problem.key}: {problem.message}", f"      {problem.fix}"]
        lines += ["", "Every setting is described in docs/configuration.md; `manage.py config inspect` tells sources."]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ConfigValidationService:
    """Asks every service, leaves out what is silenced with a reason, and adds what the sources had wrong."""

    environment: Environment
    policy: Policy
    services: tuple[ConfigService, ...]
    source_problems: tuple[Problem, ...] = ()
    silenced: dict[str, str] | None = None

    def report(self) -> ValidationReport:
        silenced = self.silenced or {}
        kept: list[Problem] = []
        left_out: list[tuple[Problem, str]] = []
        for problem in self._all():
            reason = silenced.get(problem.id, "")
            if reason and problem.id >= _SILENCEABLE_FROM:
                left_out.append((problem, reason))
            else:
                kept.append(problem)
        return ValidationReport(self.environment, tuple(kept), tuple(left_out))

    def _all(self) -> Iterable[Problem]:
        # a key that could not be read was replaced by its default, which is not what was meant: no second verdict
        unread = {problem.key for problem in self.source_problems if problem.code == "malformed_value"}
        yield from self.source_problems
        for service in self.services:
            for problem in service.validate_configuration(self.policy):
                if problem.key not in unread:
                    yield problem


def _group(problem: Problem) -> str:
    """The subject that a variable belongs to."""
    from config.registry import settings  # the registry knows the services, so not the other way round at import

    setting = settings().get(problem.key)
    if setting is None:
        return "sources"
    return setting.section or "general"
