"""`manage.py benchmark_validation`: the speed of a comparison beside odiff's and where the time goes, or how right
judgements are on pictures whose truth is known."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from designsystem.benchmarks.comparison import PAIRS, BenchmarkError, Timing, make_pair, measure_pair
from designsystem.benchmarks.judgement import Judgement, judge_page
from designsystem.benchmarks.machine import describe_machine
from designsystem.engine.comparison.finding import Rule

if TYPE_CHECKING:
    from designsystem.benchmarks.painted_pages import Told

USAGE = 2


class Command(BaseCommand):
    help = (
        "Compare pairs of pictures from files to verdict, by turns with odiff where it is given. Without --pair two "
        "pairs are made: 1920 x 1080 with 0.4 % changed and 1440 x 8000 with 0.1 %. With --corpus judge the pages of a "
        "folder instead: against their own tokens, against one moved token, and their contrast against the truth. With "
        "--painted judge pages that Chromium paints with the heading 1 px off."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pair", nargs=2, type=Path, action="append", metavar=("BASELINE", "PICTURE"), help="may be repeated"
        )
        parser.add_argument("--odiff", type=Path, metavar="PROGRAM", help="the native odiff program, 4.5")
        parser.add_argument("--repeat", type=int, default=7, metavar="N", help="runs of each; the least time counts")
        parser.add_argument("--corpus", type=Path, metavar="DIR", help="NAME.png, with NAME.truth.json beside it")
        parser.add_argument(
            "--painted", action="store_true", help="paint pages whose heading is 1 px off, and judge those (Chromium)"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repeat"] < 1:
            raise CommandError("--repeat counts runs: at least 1", returncode=USAGE)
        if options["odiff"] is not None and not options["odiff"].is_file():
            raise CommandError(f"{options['odiff']} is no program", returncode=USAGE)
        if options["corpus"] is not None:
            self._judge(options["corpus"])
            return
        if options["painted"]:
            self._paint()
            return
        machine = describe_machine() | {"threads": "2"}
        with tempfile.TemporaryDirectory() as folder:
            try:
                timings = self._timings(Path(folder), options)
            except (BenchmarkError, OSError) as error:
                raise CommandError(str(error)) from None
        if options["json"]:
            rows = [{**asdict(each), "ratios": each.ratios} for each in timings]
            self.stdout.write(json.dumps({"machine": machine, "pairs": rows}, indent=2))
            return
        self.stdout.write(", ".join(f"{name} {value}" for name, value in machine.items()))
        for each in timings:
            self._print(each)

    def _judge(self, folder: Path) -> None:
        pages = sorted(folder.glob("*.png"))
        if not pages:
            raise CommandError(f"{folder} has no pages", returncode=USAGE)
        found = []
        for page in pages:
            found.append(judge_page(page))
            self.stdout.write(f"{_told([found[-1]])}  {page.stem}")
        self.stdout.write(f"{_told(found)}  all {len(found)}")

    def _paint(self) -> None:
        from designsystem.benchmarks.painted_pages import ChromiumMissing, judge_painted_pages  # playwright: for tests

        found = []
        with tempfile.TemporaryDirectory() as folder:
            try:
                for told in judge_painted_pages(Path(folder)):
                    found.append(told)
                    self.stdout.write(f"{_sized([told])}  {told.name} at {told.ratio}x")
            except ChromiumMissing as error:
                raise CommandError(str(error)) from None
        for ratio in sorted({each.ratio for each in found}):
            self.stdout.write(f"{_sized([each for each in found if each.ratio == ratio])}  all at {ratio}x")

    def _timings(self, folder: Path, options: dict[str, Any]) -> list[Timing]:
        given = [(f"{one.name} / {other.name}", one, other) for one, other in options["pair"] or ()]
        made = [
            (f"{width} x {height}, {share:.1%} changed", *make_pair(folder, width, height, share))
            for width, height, share in (PAIRS if not given else ())
        ]
        repeat, odiff = options["repeat"], options["odiff"]
        return [measure_pair(name, one, other, repeat, odiff) for name, one, other in (*given, *made)]

    def _print(self, timing: Timing) -> None:
        self.stdout.write(f"\n{timing.name}: {timing.changed:,} pixels")
        self.stdout.write(f"  ours  {timing.ours:.1f} ms, annotated {timing.ours_annotated:.1f} ms")
        if timing.ratios is not None:
            plain, annotated = timing.ratios
            self.stdout.write(f"  odiff {timing.odiff:.1f} ms, annotated {timing.odiff_annotated:.1f} ms")
            self.stdout.write(f"  ratio {plain:.2f}, annotated {annotated:.2f}")
        worked = ", ".join(f"{task} {spent:.0f}" for task, spent in timing.processor.items())
        self.stdout.write(f"  of the processor in ms: {worked}")
        stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in timing.profile.items())
        self.stdout.write(f"  of ours in ms: {stages}")


def _sized(found: list[Told]) -> str:
    moved = sum(each.moved for each in found)
    named, only = sum(each.named for each in found), sum(each.only for each in found)
    own = sum(each.own_findings for each in found)
    return f"own findings {own}, size named {named}/{moved}, and nothing else {only}/{moved}"


def _told(found: list[Judgement]) -> str:
    """The figures of these pages together."""
    parts = [f"own findings {sum(each.own_findings for each in found)}"]
    for rule in (Rule.COLOUR_OFF, Rule.FONT_SIZE, Rule.RADIUS):
        told = [each.moved[rule] for each in found if rule in each.moved]
        parts.append(f"{rule} {sum(told)}/{len(told)}")
    places = sum(each.places or 0 for each in found)
    parts.append(f"contrast {sum(each.close or 0 for each in found)}/{places}")
    parts.append(f"of colours that the truth leaves out {sum(each.left_out or 0 for each in found)}")
    return ", ".join(parts)
