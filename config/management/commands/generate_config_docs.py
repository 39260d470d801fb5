"""`manage.py generate_config_docs`: writes the reference and the starter file, or tells that they are stale."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.documentation import reference, starter_file
from config.services.model import PROJECT_ROOT


class Command(BaseCommand):
    help = "Write docs/configuration.md and loupe.example.toml from the registry of settings."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and show how they are stale")
        parser.add_argument("--output-dir", type=Path, default=PROJECT_ROOT, help="default: the project's folder")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["output_dir"]
        wanted = {folder / "docs" / "configuration.md": reference(), folder / "loupe.example.toml": starter_file()}
        stale = {path: text for path, text in wanted.items() if _current(path) != text}
        if options["check"]:
            if stale:
                for path, text in stale.items():
                    self.stderr.write(_difference(path, text))
                raise CommandError("stale: run python manage.py generate_config_docs")
            self.stdout.write("The documentation of the configuration is up to date.")
            return
        for path, text in stale.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        names = ", ".join(path.name for path in stale)
        self.stdout.write(f"Written: {names}" if stale else "Nothing to write: up to date.")


def _current(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _difference(path: Path, text: str) -> str:
    lines = difflib.unified_diff(_current(path).splitlines(), text.splitlines(), path.name, "generated", lineterm="")
    return "\n".join(lines)
