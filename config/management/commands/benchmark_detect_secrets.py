"""`manage.py benchmark_detect_secrets`: the engines side by side on the made-up regression set."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from config.secret_scan.corpus import make_corpus
from config.secret_scan.credsweeper_engine import CredSweeperEngine
from config.secret_scan.engine import Engine, JoinedEngine, RulesEngine
from config.secret_scan.finding import Candidate, Document
from config.secret_scan.measure import measure
from config.services.model import PROJECT_ROOT

_ENGINES = {
    "rules": None,
    "credsweeper": "credsweeper",
    "rules+credsweeper": "credsweeper",
    "detect-secrets": "detect_secrets",
}


class Command(BaseCommand):
    help = "Precision, recall, time and memory of each engine, in a process of its own, on values drawn from --seed."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=0, help="other values in the same places (default: 0)")
        parser.add_argument("--only", choices=_ENGINES, help="one engine, in this process, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only"]:
            self.stdout.write(json.dumps(_measured(options["only"], options["seed"])))
            return
        samples = make_corpus(options["seed"])
        planted = sum(sample.secret is not None for sample in samples)
        self.stdout.write(f"{planted} planted secrets, {len(samples) - planted} look-alikes, seed {options['seed']}")
        self.stdout.write("| engine | precision | recall | first look s | all s | peak MB | missed | wrongly named |")
        self.stdout.write("|---|---|---|---|---|---|---|---|")
        for engine, package in _ENGINES.items():
            if package is not None and find_spec(package) is None:
                self.stdout.write(f"| {engine} | not installed | | | | | | |")
                continue
            self.stdout.write(_row(engine, _in_own_process(engine, options["seed"])))


def _in_own_process(engine: str, seed: int) -> dict[str, Any]:
    command = [sys.executable, "manage.py", "benchmark_detect_secrets", "--only", engine, "--seed", str(seed)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _row(engine: str, row: dict[str, Any]) -> str:
    return (
        f"| {engine} | {row['precision']:.3f} | {row['recall']:.3f} | {row['first']:.2f} | {row['seconds']:.2f} "
        f"| {row['megabytes']:.0f} | {', '.join(row['missed']) or '–'} | {', '.join(row['wrong']) or '–'} |"
    )


def _measured(name: str, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    engine = _engine(name)
    engine.scan(Document("first.py", "nothing = 1\n"))  # loads models and rules
    first = time.perf_counter() - started
    measured = measure(engine, make_corpus(seed))
    return {
        "precision": measured.precision,
        "recall": measured.recall,
        "first": first,
        "seconds": measured.seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "missed": measured.missed,
        "wrong": measured.wrong,
    }


def _engine(name: str) -> Engine:
    if name == "rules":
        return RulesEngine()
    if name == "detect-secrets":
        return _DetectSecretsEngine()
    return CredSweeperEngine() if name == "credsweeper" else JoinedEngine((RulesEngine(), CredSweeperEngine()))


@dataclass(frozen=True, slots=True)
class _DetectSecretsEngine:
    """The detect-secrets library with all of its plugins and its default filters, for comparison only."""

    name: str = "detect-secrets"

    def scan(self, document: Document) -> list[Candidate]:
        from detect_secrets.core.secrets_collection import SecretsCollection
        from detect_secrets.settings import default_settings

        with tempfile.TemporaryDirectory() as folder, default_settings():
            path = Path(folder) / document.name
            path.write_text(document.text, encoding="utf-8")
            found = SecretsCollection()
            found.scan_file(str(path))
            return [
                Candidate(secret.type, secret.line_number, 1, secret.secret_value or "")
                for _, secret in found
                if secret.secret_value
            ]
