"""`manage.py benchmark_extraction`: how right the engine is on a corpus, and what it costs on this machine."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from designsystem.benchmarks.accuracy import CorpusError, corpus_table, measure_corpus
from designsystem.benchmarks.curve import HEIGHTS, curve_as_json, curve_plot, curve_table, measure_curve
from designsystem.benchmarks.machine import describe_machine
from designsystem.benchmarks.worker import WorkerError
from designsystem.picture_files.progress_bar import ProgressBar

USAGE = 2


class Command(BaseCommand):
    help = (
        "Measure the engine: with --corpus its score, pixel ratios found, time and memory a picture; with --curve how "
        "time grows with the picture. Every picture is measured in a fresh process on one thread."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--corpus", type=Path, metavar="DIR", help="NAME.png and NAME.truth.json, ../score.py beside"
        )
        parser.add_argument("--curve", action="store_true", help=f"pages of 1440 x {HEIGHTS[0]} to {HEIGHTS[-1]:,} px")
        parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs a picture; the least time counts")
        parser.add_argument(
            "--output", type=Path, metavar="DIR", help="keep the documents and the plot (curve.svg) here"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["corpus"] is None and not options["curve"]:
            raise CommandError("nothing to measure: give --corpus DIR, --curve or both", returncode=USAGE)
        if options["repeat"] < 1:
            raise CommandError("--repeat counts runs: at least 1", returncode=USAGE)
        output: Path | None = options["output"]
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
        machine = describe_machine()
        figures: dict[str, Any] = {"machine": machine, "repeat": options["repeat"]}
        texts = [", ".join(f"{name} {value}" for name, value in machine.items())]
        try:
            if options["corpus"] is not None:
                figures["corpus"], text = self._corpus(options["corpus"], output, options["repeat"])
                texts.append(text)
            if options["curve"]:
                figures["curve"], text = self._curve(output, options["repeat"], machine)
                texts.append(text)
        except CorpusError as error:
            raise CommandError(str(error), returncode=USAGE) from None
        except WorkerError as error:
            raise CommandError(f"the page could not be measured: {error}") from None
        self.stdout.write(json.dumps(figures, indent=2) if options["json"] else "\n\n".join(texts))
        failed = figures.get("corpus", {}).get("failed", {})
        if failed:
            raise CommandError(f"{len(failed)} pictures could not be measured")

    def _corpus(self, corpus: Path, output: Path | None, repeat: int) -> tuple[dict[str, Any], str]:
        with tempfile.TemporaryDirectory() as folder:
            tokens = output or Path(folder)
            with _progress(len(list(corpus.glob("*.truth.json")))) as show:
                report = measure_corpus(corpus, tokens, repeat, show)
        return report.as_json(), corpus_table(report)

    def _curve(self, output: Path | None, repeat: int, machine: dict[str, str]) -> tuple[dict[str, Any], str]:
        with _progress(len(HEIGHTS)) as show:
            points = measure_curve(HEIGHTS, repeat, show)
        text = curve_table(points)
        if output is not None:
            plot = output / "curve.svg"
            plot.write_text(curve_plot(points, f"{machine['processor']}, one thread"), encoding="utf-8")
            text += f"\nwrote {plot}"
        return curve_as_json(points), text


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error; call what it gives with the name of each of `total` steps as it begins."""
    bar = ProgressBar(total, sys.stderr, done=-1)

    def begin(label: str) -> None:
        bar.done += 1
        bar.begin(label)

    try:
        yield begin
    finally:
        bar.close()
