"""For tests: another configuration for the time of a block, without patching and without the environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.orchestrator import ConfigServiceOrchestrator, get_orchestrator, replace_orchestrator
from config.services.model import ConfigService


@contextmanager
def configured(**services: ConfigService) -> Iterator[ConfigServiceOrchestrator]:
    """Inside the block `get_orchestrator()` answers with these services in place of its own, in every thread.

    Django's settings stay as they are: they were made at start.
    """
    double = replace(get_orchestrator(), **services)  # type: ignore[arg-type]  # names are checked by replace
    earlier = replace_orchestrator(double)
    try:
        yield double
    finally:
        replace_orchestrator(earlier)
