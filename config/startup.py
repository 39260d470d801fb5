"""What happens before anything else: the configuration is judged, and refused with all its problems at once."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from config.orchestrator import ConfigServiceOrchestrator, get_orchestrator

# These repair or explain a configuration, so they run on a broken one too.
CONFIGURATION_COMMANDS = frozenset(
    {"check", "config", "migrate_config", "generate_config_docs", "detect_secrets", "help", "version"}
)


def start(arguments: Sequence[str] | None = None) -> ConfigServiceOrchestrator:
    """The configuration of this process. SystemExit with the whole report when it does not fit its environment.

    An exit and not an exception: a traceback would bury the report, and frames may hold values.
    """
    orchestrator = get_orchestrator()
    arguments = sys.argv if arguments is None else arguments
    report = orchestrator.report()
    if report.errors and not _repairs(arguments):
        sys.exit(report.text())
    for warning in report.warnings if not _repairs(arguments) else ():
        logging.getLogger("config").warning("%s %s: %s %s", warning.id, warning.key, warning.message, warning.fix)
    # on a read-only disk SQLite says itself that it cannot open the file, and only who needs it is stopped
    with contextlib.suppress(OSError):
        orchestrator.database_service.create_directory()
    return orchestrator


def _repairs(arguments: Sequence[str]) -> bool:
    script = Path(arguments[0]).name if arguments else ""
    if script in {f"{command}.py" for command in CONFIGURATION_COMMANDS}:
        return True
    return script == "manage.py" and (len(arguments) < 2 or arguments[1] in CONFIGURATION_COMMANDS)
