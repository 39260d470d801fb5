"""`manage.py validate_screenshot`: one picture against tokens, WCAG and a baseline, without database or server."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentTypeError
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.orchestrator import get_orchestrator
from designsystem.engine.comparison.contrast import ContrastSettings, WcagLevel
from designsystem.engine.comparison.difference import DifferenceSettings, Metric, SizePolicy
from designsystem.engine.comparison.exception_file import ExceptionFileError
from designsystem.engine.comparison.token_matching import ConformanceSettings
from designsystem.engine.comparison.verdict import Outcome, Settings
from designsystem.engine.decode import Limits
from designsystem.engine.errors import PictureError
from designsystem.engine.extract import Stage
from designsystem.engine.geometry import Box
from designsystem.engine.tokens.references import DocumentError
from designsystem.management.commands.extract_tokens import pixel_ratio
from designsystem.picture_files.progress_bar import ProgressBar
from designsystem.picture_files.targets import STANDARD_STREAM
from designsystem.picture_files.validation import FORMATS, FileValidation, ValidationRequest

FAILED, UNDECIDED = 1, 2
EPILOG = """
With --tokens the picture is held to a DTCG document, with --baseline to an earlier picture; its text is judged by WCAG
2.2 unless --contrast off. --pixel-tolerance says when one pixel counts as changed (0 to 1, ΔE for ciede2000);
--allowed-share how much of the picture may change (0 to 1, no percentage). "-" is standard input or standard output.

exit status: 0 passed, 1 failed, 2 could not be judged or wrong usage
"""


class Command(BaseCommand):
    help = "Tell whether a screenshot keeps to its design tokens, can be read, and has changed."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = EPILOG
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("picture", metavar="IMAGE", help="PNG, JPEG, WebP, GIF or AVIF; - reads standard input")
        parser.add_argument("--tokens", type=Path, metavar="FILE", help="DTCG document with the tokens to keep to")
        parser.add_argument("--baseline", type=Path, metavar="IMAGE", help="the picture as it was")
        parser.add_argument("--exceptions", type=Path, metavar="FILE", help="JSON list of accepted exceptions")
        parser.add_argument("--pixel-ratio", type=pixel_ratio, metavar="auto|N", help="device pixels per CSS pixel")
        parser.add_argument("--name", help="what reports call the picture: its path in the repository")
        parser.add_argument("--format", choices=FORMATS, default="text", help="of the report (default: text)")
        parser.add_argument("--output", default=STANDARD_STREAM, metavar="FILE", help="where the report goes")
        parser.add_argument("--overlay", metavar="FILE.png", help="write the annotated picture")
        _add_contrast(parser)
        _add_difference(parser)
        tokens = parser.add_argument_group("tokens")
        for each in fields(ConformanceSettings):
            option = f"--{each.name.replace('_', '-')}"
            tokens.add_argument(option, type=float, default=each.default, metavar="N", help=f"default: {each.default}")

    def handle(self, *args: Any, **options: Any) -> None:
        storage = get_orchestrator().storage_service
        limits = Limits(storage.max_picture_bytes, storage.max_picture_pixels)
        try:
            validation = FileValidation(_settings(options), limits)
            request = _request(options)
            outcome = self._run(validation, request)
        except PictureError as error:
            raise CommandError(f"{error.detail} ({error.reason})", returncode=UNDECIDED) from None
        except DocumentError as error:
            raise CommandError(f"{options['tokens']}: {error}", returncode=UNDECIDED) from None
        except ExceptionFileError as error:
            raise CommandError(f"{options['exceptions']}: {error}", returncode=UNDECIDED) from None
        except UnicodeDecodeError:
            raise CommandError("the tokens or the exceptions are not UTF-8 text", returncode=UNDECIDED) from None
        except ValueError as error:
            raise CommandError(str(error), returncode=UNDECIDED) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise CommandError(f"{place}{error.strerror or error}", returncode=UNDECIDED) from None
        if outcome is not Outcome.PASSED:
            sys.exit(FAILED if outcome is Outcome.FAILED else UNDECIDED)

    def _run(self, validation: FileValidation, request: ValidationRequest) -> Outcome:
        bar = ProgressBar(1, sys.stderr)
        stages = tuple(Stage)
        bar.begin(request.picture)
        try:
            return validation.run(request, lambda stage: bar.show(stages.index(stage) / len(stages))).outcome
        finally:
            bar.close()


def _add_contrast(parser: CommandParser) -> None:
    group = parser.add_argument_group("contrast")
    choices = [*(level.value for level in WcagLevel), "off"]
    group.add_argument("--contrast", choices=choices, default="AA", help="level of WCAG 2.2 (default: AA)")
    group.add_argument("--apca", action="store_true", help="add the APCA figure, for information only")


def _add_difference(parser: CommandParser) -> None:
    default = DifferenceSettings()
    group = parser.add_argument_group("baseline")
    group.add_argument("--metric", choices=[each.value for each in Metric], default=default.metric.value)
    group.add_argument("--pixel-tolerance", type=float, default=default.pixel_tolerance, metavar="N")
    group.add_argument("--allowed-share", type=float, default=default.allowed_share, metavar="SHARE")
    group.add_argument("--allowed-density", type=float, metavar="SHARE", help="of the worst window (default: no limit)")
    group.add_argument("--window", type=int, default=default.window, metavar="PX", help="side of that window")
    group.add_argument("--mask", type=_mask, action="append", default=[], metavar="X,Y,W,H", help="may be repeated")
    group.add_argument("--sizes", choices=[each.value for each in SizePolicy], default=default.sizes.value)
    group.add_argument("--ignore-antialiasing", action=argparse.BooleanOptionalAction, default=True)
    group.add_argument("--ignore-caret", action="store_true", help="forgive a blinking text cursor")


def _mask(text: str) -> Box:
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not X,Y,W,H in whole pixels") from None
    if width < 1 or height < 1:
        raise ArgumentTypeError(f"{text!r} covers nothing")
    return Box(x, y, width, height)


def _settings(options: dict[str, Any]) -> Settings:
    """ValueError when a value is out of its range."""
    contrast = options["contrast"]
    return Settings(
        tokens=ConformanceSettings(**{each.name: options[each.name] for each in fields(ConformanceSettings)}),
        contrast=None if contrast == "off" else ContrastSettings(WcagLevel(contrast), apca=options["apca"]),
        difference=DifferenceSettings(
            metric=Metric(options["metric"]),
            pixel_tolerance=options["pixel_tolerance"],
            allowed_share=options["allowed_share"],
            allowed_density=options["allowed_density"],
            window=options["window"],
            ignore_antialiasing=options["ignore_antialiasing"],
            ignore_caret=options["ignore_caret"],
            sizes=SizePolicy(options["sizes"]),
            masks=tuple(options["mask"]),
        ),
    )


def _request(options: dict[str, Any]) -> ValidationRequest:
    if options["tokens"] is None and options["baseline"] is None and options["contrast"] == "off":
        raise ValueError("nothing to judge: give --tokens, --baseline or --contrast")
    if options["mask"] and options["baseline"] is None:
        raise ValueError("--mask is for a comparison: give --baseline")
    targets = [options["output"], options["overlay"]]
    if targets.count(STANDARD_STREAM) > 1:
        raise ValueError("only one result can go to standard output")
    read = [options[name] for name in ("picture", "tokens", "baseline", "exceptions") if options[name] is not None]
    sources = {Path(each).resolve() for each in read if str(each) != STANDARD_STREAM}
    written = [Path(each).resolve() for each in targets if each not in (None, STANDARD_STREAM)]
    if len(set(written)) < len(written) or sources & set(written):
        raise ValueError("a result would replace an input or another result")
    return ValidationRequest(
        picture=options["picture"],
        tokens=options["tokens"],
        baseline=options["baseline"],
        exceptions=options["exceptions"],
        pixel_ratio=options["pixel_ratio"],
        format=options["format"],
        output=options["output"],
        overlay=options["overlay"],
        name=options["name"],
    )
