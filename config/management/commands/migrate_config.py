"""`manage.py migrate_config`: takes configuration files to another version of the schema."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.atomic_file import replace_file
from config.file_migration import Migrated, MigrationError, migrate_toml, migrate_variables
from config.migrations_of_config import CURRENT_VERSION
from config.sources.places import Places

_WOULD_CHANGE = 2


class Command(BaseCommand):
    help = (
        "Take loupe.toml and .env (or the files named) to the current version of the schema, or to another. Comments "
        "and order stay, and the earlier file stays as a backup. Exit 0: done or nothing to do, 2: --check found "
        "something to change, 1: error, nothing changed."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: the files of this process")
        parser.add_argument("--to", type=int, default=CURRENT_VERSION, metavar="N", help="default: the current version")
        parser.add_argument("--dry-run", action="store_true", help="print a unified diff and write nothing")
        parser.add_argument("--check", action="store_true", help="write nothing; exit 2 when something would change")

    def handle(self, *args: Any, **options: Any) -> None:
        files = options["files"] or _files_of_process()
        # all are worked out before the first is written: an error in one changes none
        plans = [(path, _plan(path, options["to"])) for path in files]
        changing = [(path, plan) for path, plan in plans if plan.changed]
        if not changing:
            self.stdout.write("Nothing to do.")
            return
        for path, plan in changing:
            if options["dry_run"] or options["check"]:
                self.stdout.write(plan.difference(path.name))
            else:
                self._write(path, plan)
        if options["check"]:
            sys.exit(_WOULD_CHANGE)

    def _write(self, path: Path, plan: Migrated) -> None:
        try:
            backup = replace_file(path, plan.after, backup=Path(f"{path.resolve().name}.backup"))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        self.stdout.write(f"{path}: {'; '.join(plan.changes)}. The earlier file is {backup.name}.")


def _files_of_process() -> list[Path]:
    places = Places.of_process()
    found = [path for path in (places.config_file, places.env_file) if path.is_file()]
    missing = [
        path.name
        for path, named in ((places.config_file, places.config_file_named), (places.env_file, places.env_file_named))
        if named and not path.is_file()
    ]
    if missing:
        raise CommandError(f"{', '.join(missing)}: there is no such file")
    return found


def _plan(path: Path, target: int) -> Migrated:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: the file is not UTF-8") from None
    try:
        return (migrate_toml if path.suffix == ".toml" else migrate_variables)(text, target)
    except MigrationError as error:
        raise CommandError(f"{path}: {error}. Nothing was changed.") from None
