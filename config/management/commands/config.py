"""`manage.py config`: show it, ask where a value came from, compare environments, make keys."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.comparison import Difference, compare_environments, compare_values
from config.environments import Environment
from config.inspection import Inspected, find_setting, inspect, inspect_all
from config.keys import generate_keyring_entry, generate_secret_key
from config.orchestrator import ConfigServiceOrchestrator, get_orchestrator
from config.registry import settings
from config.sources.places import Places


class Command(BaseCommand):
    help = "Show the configuration, ask where a value came from, compare environments, make keys. Runs on a broken one."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        show = actions.add_parser("show", help="every setting with its value and its source; secrets masked")
        show.add_argument("--json", action="store_true")
        one = actions.add_parser("inspect", help="one setting, or all: the winner and what it hides")
        one.add_argument("key", nargs="?", help="DATABASE_URL, or database.url as in the file")
        one.add_argument("--json", action="store_true")
        diff = actions.add_parser(
            "diff", help="what two environments demand, and where this configuration fits one only"
        )
        diff.add_argument("left", help="development, staging, production, or a configuration file")
        diff.add_argument("right")
        diff.add_argument("--json", action="store_true")
        check = actions.add_parser("check", help="the whole report; exit 1 when something does not fit")
        check.add_argument("--environment", choices=[str(each) for each in Environment], help="as if it were this one")
        key = actions.add_parser("generate-key", help="new keys, to put into a secret file or the environment")
        key.add_argument(
            "--only", choices=("LOUPE_SECURITY_SECRET_KEY", *_keyrings()), help="one key, without its name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {
            "show": self._show,
            "inspect": self._inspect,
            "diff": self._diff,
            "check": self._check,
            "generate-key": self._generate_key,
        }
        actions[options["action"]](options)

    def _show(self, options: dict[str, Any]) -> None:
        rows = inspect_all(get_orchestrator())
        if options["json"]:
            self._json([each.as_row() for each in rows])
            return
        cells = [(each.setting.key, _text(each.value), each.origin) for each in rows]
        self._table(("variable", "value", "source"), cells)

    def _inspect(self, options: dict[str, Any]) -> None:
        orchestrator = get_orchestrator()
        if options["key"] is None:
            chosen = [each for each in inspect_all(orchestrator) if options["json"] or each.origin != "default"]
        else:
            setting = find_setting(options["key"])
            if setting is None:
                nearest = get_close_matches(options["key"].upper(), settings(), n=1, cutoff=0.4)
                raise CommandError(
                    f"there is no setting {options['key']}" + (f"; did you mean {nearest[0]}?" if nearest else "")
                )
            chosen = [inspect(orchestrator, setting)]
        if options["json"]:
            self._json([each.as_row() for each in chosen])
            return
        self.stdout.write("\n\n".join(_paragraph(each) for each in chosen) or "Every setting has its default.")

    def _diff(self, options: dict[str, Any]) -> None:
        left, right = options["left"], options["right"]
        names = {str(each) for each in Environment}
        if {left, right} <= names:
            found = compare_environments(get_orchestrator(), Environment(left), Environment(right))
        elif left in names or right in names:
            raise CommandError("name two environments or two configuration files")
        else:
            found = compare_values(_of_file(left), _of_file(right))
        if options["json"]:
            self._json(
                [{"kind": each.kind, "name": each.name, "left": each.left, "right": each.right} for each in found]
            )
            return
        self._differences(left, right, found)

    def _differences(self, left: str, right: str, found: list[Difference]) -> None:
        if not found:
            self.stdout.write("No difference.")
            return
        self._table(("kind", "name", left, right), [(each.kind, each.name, each.left, each.right) for each in found])

    def _check(self, options: dict[str, Any]) -> None:
        chosen = options["environment"]
        report = get_orchestrator().report(Environment(chosen) if chosen else None)
        for problem, reason in report.silenced:
            self.stdout.write(f"silenced: {problem.id} {problem.key}: {reason}")
        if report.errors:
            raise CommandError(report.text())
        self.stdout.write(report.text())

    def _generate_key(self, options: dict[str, Any]) -> None:
        today = datetime.now(UTC).date()
        made = {"LOUPE_SECURITY_SECRET_KEY": generate_secret_key(today)}
        made |= {name: generate_keyring_entry(today) for name in _keyrings()}
        if options["only"]:
            self.stdout.write(made[options["only"]])
            return
        for name, value in made.items():
            self.stdout.write(f"{name}={value}")

    def _json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False))

    def _table(self, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        for row in (head, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _keyrings() -> list[str]:
    return [setting.key for setting in settings().values() if setting.secret and setting.key.endswith("_KEYS")]


def _paragraph(each: Inspected) -> str:
    lines = [
        f"{each.setting.key}  ({each.setting.path} in the file)",
        f"  {each.setting.doc}",
        f"  value   {_text(each.value)}",
        f"  from    {each.origin}",
    ]
    lines += [f"  hides   {_text(value)}  from {origin}" for origin, value in each.hidden]
    return "\n".join(lines)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_file(name: str) -> ConfigServiceOrchestrator:
    path = Path(name).resolve()
    if not path.is_file():
        raise CommandError(f"there is no file {name}; name two environments or two configuration files")
    return ConfigServiceOrchestrator.load(
        Places(environ={}, config_file=path, env_file=path.with_name("no.env"), secrets_dir=None)
    )
