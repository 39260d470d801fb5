"""`manage.py extract_tokens`: the tokens of picture files, without database, server or account."""

from __future__ import annotations

import argparse
import json
import math
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.orchestrator import get_orchestrator
from designsystem.engine.decode import Limits
from designsystem.engine.exporters.css_values import css
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.extract import PIXEL_RATIOS, Stage
from designsystem.engine.report.table import render_table
from designsystem.engine.tokens.token_set import Alias, Token, TokenSet
from designsystem.picture_files.extraction import Failed, FileExtraction, Measured
from designsystem.picture_files.progress_bar import ProgressBar
from designsystem.picture_files.targets import (
    NAME_PLACE,
    STANDARD_STREAM,
    Outputs,
    TargetError,
    Targets,
    plan,
    renamed,
)

STAGES = tuple(Stage)
AUTO = "auto"
USAGE = 2
INTERRUPTED = 130  # 128 and SIGINT, as shells count
EPILOG = f"""
One picture prints a table, or with --format that document, on standard output. Many pictures write one document each,
into --output-dir or the current folder. Pictures whose names are equal keep their extensions or get a number.
--report and --overlay may hold {NAME_PLACE}, and must for many pictures: --report '{NAME_PLACE}.html'.
"-" is standard input or standard output.

exit status: 0 all pictures measured, 1 some failed (each named on standard error), 2 wrong usage
"""


class Command(BaseCommand):
    help = "Measure the design tokens of screenshots."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = EPILOG
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pictures", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, GIF or AVIF; - reads one")
        parser.add_argument(
            "--pixel-ratio",
            type=pixel_ratio,
            default=None,
            metavar="auto|N",
            help="device pixels per CSS pixel; auto (the default) finds it in the picture",
        )
        parser.add_argument("--format", choices=tuple(EXPORTERS), help="format of the document (default: dtcg)")
        parser.add_argument("--output", metavar="FILE", help="file of the one document")
        parser.add_argument("--output-dir", type=Path, metavar="DIR", help="folder of the documents, made when missing")
        parser.add_argument("--report", metavar="FILE.html", help="write the HTML report")
        parser.add_argument("--overlay", metavar="FILE.png", help="write the picture with its evidence drawn in")
        parser.add_argument("--json", action="store_true", help="print the results as JSON instead of as a table")

    def handle(self, *args: Any, **options: Any) -> None:
        pictures: list[str] = options["pictures"]
        exporter = EXPORTERS[options["format"] or "dtcg"]
        try:
            planned = plan(pictures, _outputs(options), exporter.suffix)
        except TargetError as error:
            raise CommandError(str(error), returncode=USAGE) from None
        for each in renamed(planned):
            self.stderr.write(f"{each.label}: written as {each.name}, another picture has the same name")
        storage = get_orchestrator().storage_service
        limits = Limits(storage.max_picture_bytes, storage.max_picture_pixels)
        try:
            outcomes = self._run(FileExtraction(exporter, options["pixel_ratio"], limits), planned)
        except KeyboardInterrupt:
            raise CommandError("interrupted; what was written is whole", returncode=INTERRUPTED) from None
        self._print(outcomes, as_json=options["json"])
        failed = [each for each in outcomes if isinstance(each, Failed)]
        if failed:
            raise CommandError(f"{len(failed)} of {len(outcomes)} pictures failed", returncode=1)

    def _run(self, extraction: FileExtraction, planned: Sequence[Targets]) -> list[Measured | Failed]:
        bar = ProgressBar(len(planned), sys.stderr)
        outcomes = []
        try:
            for targets in planned:
                bar.begin(targets.label)
                outcome = extraction.run(targets, lambda stage: bar.show(STAGES.index(stage) / len(STAGES)))
                if isinstance(outcome, Failed):
                    bar.close()
                    self.stderr.write(f"{targets.label}: {outcome.detail} ({outcome.reason})", self.style.ERROR)
                outcomes.append(outcome)
                bar.advance()
        finally:
            bar.close()
        return outcomes

    def _print(self, outcomes: Sequence[Measured | Failed], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"pictures": [_as_json(each) for each in outcomes]}, indent=2))
            return
        for each in outcomes:
            if not isinstance(each, Measured) or STANDARD_STREAM in _written(each.targets):
                continue
            if len(outcomes) == 1 and each.targets.document is None:
                self.stdout.write(render_table(each.token_set, swatches=self.stdout.isatty()), ending="")
            else:
                self.stdout.write(f"{each.targets.label}: {len(each.token_set.tokens)} tokens")
            for path in each.targets.files():
                self.stdout.write(f"  wrote {path}")


def pixel_ratio(text: str) -> float | None:
    if text == AUTO:
        return None
    try:
        ratio = float(text)
    except ValueError:
        ratio = math.nan
    low, high = PIXEL_RATIOS
    if not low <= ratio <= high:  # false for NaN too
        raise ArgumentTypeError(f"{text!r} is neither auto nor a number from {low:g} to {high:g}")
    return ratio


def _outputs(options: dict[str, Any]) -> Outputs:
    """What was asked for, with the defaults of the epilog."""
    document, directory = options["output"], options["output_dir"]
    if options["json"] and STANDARD_STREAM in (document, options["report"], options["overlay"]):
        raise TargetError("--json already goes to standard output")
    if document is None and directory is None:
        if len(options["pictures"]) > 1 and not options["json"]:
            directory = Path()
        elif options["format"] is not None and not options["json"]:
            document = STANDARD_STREAM
    return Outputs(document, directory, options["report"], options["overlay"])


def _written(targets: Targets) -> tuple[str | None, str | None, str | None]:
    return targets.document, targets.report, targets.overlay


def _as_json(outcome: Measured | Failed) -> dict[str, Any]:
    targets = outcome.targets
    if isinstance(outcome, Failed):
        return {"picture": targets.picture, "error": {"reason": outcome.reason, "detail": outcome.detail}}
    token_set = outcome.token_set
    source = token_set.source
    return {
        "picture": targets.picture,
        "sha256": source.sha256,
        "media_type": source.media_type,
        "width": source.width,
        "height": source.height,
        "pixel_ratio": source.pixel_ratio,
        "pixel_ratio_given": source.pixel_ratio_given,
        "files": {"document": targets.document, "report": targets.report, "overlay": targets.overlay},
        "notes": list(token_set.notes),
        "tokens": [_token_as_json(token, token_set) for token in token_set],
    }


def _token_as_json(token: Token, token_set: TokenSet) -> dict[str, Any]:
    """`value` is CSS; `boxes` are [x, y, width, height] in device pixels."""
    named: dict[str, Any] = {"path": list(token.path), "value": css(token_set.resolve(token))}
    if isinstance(token.value, Alias):
        named["alias_of"] = list(token.value.target)
    if token.evidence is not None:
        named |= {
            "confidence": token.evidence.confidence,
            "count": token.evidence.count,
            "method": token.evidence.method,
            "boxes": [[box.x, box.y, box.width, box.height] for box in token.evidence.boxes],
        }
    return named
