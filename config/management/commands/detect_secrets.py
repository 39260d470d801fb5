"""`manage.py detect_secrets`: secrets in files, the tree, the staged change, commits and the running configuration."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from config.orchestrator import get_orchestrator
from config.secret_scan import sources
from config.secret_scan.baseline import BaselineError, read_baseline, written
from config.secret_scan.credsweeper_engine import CredSweeperEngine, is_installed
from config.secret_scan.engine import Engine, EngineError, JoinedEngine, RulesEngine
from config.secret_scan.finding import Document, Finding
from config.secret_scan.report import as_json, as_sarif, as_text
from config.secret_scan.scan import Scan
from config.secret_scan.sources import Limits, Skipped, SourceError
from config.services.model import PROJECT_ROOT

_FOUND, _COULD_NOT_LOOK = 1, 2


class Command(BaseCommand):
    help = (
        "Find secrets. Without a choice it looks at the working tree. Exit 0: clean, 1: findings, 2: could not look at "
        "everything. A line with `allow-secret: REASON` (and `until 2027-01-31`) is left out."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--tree", action="store_true", help="tracked and new files of the repository (default)")
        where.add_argument("--staged", action="store_true", help="what a commit would take up now")
        where.add_argument("--range", metavar="A..B", help="what the commits of a range brought")
        where.add_argument("--history", action="store_true", help="everything that any commit ever brought")
        where.add_argument(
            "--configuration",
            action="store_true",
            help="settings that are no secrets, and the files of the tree for secrets of the running configuration",
        )
        parser.add_argument(
            "--repository", type=Path, default=PROJECT_ROOT, metavar="DIR", help="default: this project"
        )
        parser.add_argument(
            "--engine",
            choices=("auto", "rules", "credsweeper", "both"),
            default="auto",
            help="auto is both where CredSweeper is installed, else our rules; the report names what ran",
        )
        parser.add_argument("--format", choices=("text", "json", "sarif"), default="text")
        parser.add_argument("--json", action="store_const", dest="format", const="json", help="short for --format json")
        parser.add_argument("--baseline", type=Path, metavar="FILE", help="default: .secrets-baseline.json there")
        parser.add_argument("--update-baseline", action="store_true", help="keep all that is found now; exit 0")
        parser.add_argument(
            "--max-bytes", type=int, default=Limits().max_bytes, help="larger files make the exit code 2"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """What cannot be written is the command line's to tell (`config.command_line`): the scan itself was whole."""
        try:
            seen = self._look(options)
        except (SourceError, EngineError, BaselineError) as error:
            self._fail(str(error))
        except Exception as error:  # a crash must never look clean, and its text may hold what was read
            self._fail(f"{type(error).__name__} in the scan")
        if options["update_baseline"]:
            self.stdout.write(f"{len(seen.findings)} findings are kept in {_baseline_path(options)}.")
            return
        self.stdout.write(_REPORTS[options["format"]](seen))
        if seen.skipped.too_large:
            self._fail(f"larger than --max-bytes: {', '.join(seen.skipped.too_large)}")
        if seen.findings:
            sys.exit(_FOUND)

    def _look(self, options: dict[str, Any]) -> _Seen:
        """What is found and not in the baseline; all that is found where it becomes the baseline."""
        skipped = Skipped()
        engine = _engine(options["engine"])
        live = sources.live_secrets(get_orchestrator()) if options["configuration"] else {}
        documents = _Counted(_documents(options, skipped))
        findings = Scan(engine, datetime.now(UTC).date(), live).findings(documents)
        path = _baseline_path(options)
        baseline = read_baseline(path)
        if options["update_baseline"]:
            path.write_text(written(baseline, findings), encoding="utf-8")
        else:
            findings = baseline.unknown(findings)
        return _Seen(findings, skipped, documents.count, engine.name)

    def _fail(self, why: str) -> NoReturn:
        self.stderr.write(f"could not look: {why}")
        sys.exit(_COULD_NOT_LOOK)


@dataclass(frozen=True, slots=True)
class _Seen:
    findings: list[Finding]
    skipped: Skipped
    looked_at: int
    engine: str


_REPORTS: dict[str, Callable[[_Seen], str]] = {
    "text": lambda seen: as_text(seen.findings, seen.skipped, seen.looked_at, seen.engine),
    "json": lambda seen: as_json(seen.findings, seen.skipped, seen.looked_at, seen.engine),
    "sarif": lambda seen: as_sarif(seen.findings, seen.engine),
}


@dataclass
class _Counted:
    documents: Iterator[Document]
    count: int = 0

    def __iter__(self) -> Iterator[Document]:
        for document in self.documents:
            self.count += 1
            yield document


def _baseline_path(options: dict[str, Any]) -> Path:
    path: Path = options["baseline"] or options["repository"] / ".secrets-baseline.json"
    return path


def _engine(name: str) -> Engine:
    if name == "auto":
        name = "both" if is_installed() else "rules"
    if name == "rules":
        return RulesEngine()
    return CredSweeperEngine() if name == "credsweeper" else JoinedEngine((RulesEngine(), CredSweeperEngine()))


def _documents(options: dict[str, Any], skipped: Skipped) -> Iterator[Document]:
    root, limits = options["repository"], Limits(options["max_bytes"])
    if options["paths"]:
        yield from sources.from_paths(options["paths"], skipped, limits)
    if options["staged"]:
        yield from sources.from_staged(root, skipped, limits)
    elif options["range"]:
        yield from sources.from_commits(root, [options["range"]], skipped, limits)
    elif options["history"]:
        yield from sources.from_commits(root, ["--all"], skipped, limits)
    elif options["configuration"]:
        yield from sources.from_configuration(get_orchestrator())
        yield from sources.from_tree(root, skipped, limits)
    elif options["tree"] or not options["paths"]:
        yield from sources.from_tree(root, skipped, limits)
