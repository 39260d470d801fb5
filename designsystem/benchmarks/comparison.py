"""How fast two pictures are compared, side by side with odiff: same files, same run, taking turns."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.comparison.changed_regions import changed_regions
from designsystem.engine.comparison.difference import DifferenceSettings, compare
from designsystem.engine.comparison.verdict import Settings, judge
from designsystem.engine.report.validation_overlay import draw_validation
from designsystem.engine.rgba import decode_pair, on_white

TODAY = date(2026, 1, 1)
PAIRS = ((1920, 1080, 0.004), (1440, 8000, 0.001))  # width, height, share of pixels that differ
_SETTINGS = Settings(contrast=None, difference=DifferenceSettings(ignore_antialiasing=False))
_LINE = 28  # px from text to text


@dataclass(frozen=True, slots=True)
class Timing:
    """Least milliseconds of one pair. `profile` says where ours go, `processor` how much of the processor each took,
    which a busy machine changes less; `odiff` figures are None where it is missing."""

    name: str
    changed: int
    ours: float
    ours_annotated: float
    odiff: float | None
    odiff_annotated: float | None
    profile: dict[str, float]
    processor: dict[str, float]

    @property
    def ratios(self) -> tuple[float, float] | None:
        """Ours to odiff's, without output and with the annotated picture."""
        if self.odiff is None or self.odiff_annotated is None:
            return None
        return self.ours / self.odiff, self.ours_annotated / self.odiff_annotated


class BenchmarkError(Exception):
    """odiff does not do what it is asked; the message says what it said."""


def measure_pair(name: str, baseline: Path, picture: Path, repeat: int, odiff: Path | None) -> Timing:
    """Both programs by turns, `repeat` times each: from files to verdict, ours in a running process and odiff as the
    program that it is. BenchmarkError."""
    best: dict[str, float] = {}
    processor: dict[str, float] = {}
    profile: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        tasks: dict[str, Callable[[], object]] = {
            "ours": lambda: _judge(baseline, picture, None),
            "ours_annotated": lambda: _judge(baseline, picture, out),
        }
        if odiff is not None:
            tasks["odiff"] = lambda: _odiff(odiff, baseline, picture, None)
            tasks["odiff_annotated"] = lambda: _odiff(odiff, baseline, picture, out)
        for _ in range(repeat):
            for task, run in tasks.items():
                spent, worked = _milliseconds(run)
                best[task] = min(best.get(task, spent), spent)
                processor[task] = min(processor.get(task, worked), worked)
            for stage, spent in _profile(baseline, picture).items():
                profile[stage] = min(profile.get(stage, float("inf")), spent)
    return Timing(
        name=name,
        changed=_judge(baseline, picture, None),
        ours=best["ours"],
        ours_annotated=best["ours_annotated"],
        odiff=best.get("odiff"),
        odiff_annotated=best.get("odiff_annotated"),
        profile=profile,
        processor=processor,
    )


def make_pair(folder: Path, width: int, height: int, share: float) -> tuple[Path, Path]:
    """A page of text, cards and buttons, and the same with rows of text changed until `share` of its pixels differ."""
    before = _page(width, height)
    after = before.copy()
    random = np.random.default_rng(width)
    one = np.asarray(before)
    draw = ImageDraw.Draw(after)
    font = ImageFont.load_default(15)
    wanted = share * width * height
    while True:
        x, y = int(random.integers(60, width - 300)), int(random.integers(20, height - 40))
        draw.text((x, y), "Something else stands here now", fill="#b3261e", font=font)
        if (one != np.asarray(after)).any(axis=2).sum() >= wanted:
            break
    paths = folder / f"{width}x{height}-before.png", folder / f"{width}x{height}-after.png"
    for path, image in zip(paths, (before, after), strict=True):
        image.save(path)
    return paths


def _page(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "#f4f6f8")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    random = np.random.default_rng(height)
    words = ["orders", "paid", "returned", "customers", "waiting", "overview", "rounded", "settings", "download"]
    for top in range(16, height - 40, 240):
        draw.rounded_rectangle((40, top, width - 40, top + 220), 12, fill="#ffffff", outline="#cbd2d9")
        for row in range(6):
            text = " ".join(random.choice(words, width // 90))
            draw.text((64, top + 20 + row * _LINE), text, fill="#1f2933", font=font)
        draw.rounded_rectangle((width - 240, top + 176, width - 80, top + 208), 6, fill="#1d6fd8")
    return image


def _judge(baseline: Path, picture: Path, annotated: Path | None) -> int:
    """Files to verdict, and the annotated picture where one is asked for; how many pixels changed."""
    pair = decode_pair(baseline.read_bytes(), picture.read_bytes(), whole=annotated is not None)
    verdict = judge(None, None, pair, _SETTINGS, TODAY)
    if annotated is not None:
        annotated.write_bytes(draw_validation(on_white(pair.picture), verdict, on_white(pair.baseline)))
    return verdict.baseline.difference.count if verdict.baseline else 0


def _profile(baseline: Path, picture: Path) -> dict[str, float]:
    times = [perf_counter()]
    contents = baseline.read_bytes(), picture.read_bytes()
    times.append(perf_counter())
    pair = decode_pair(*contents)
    times.append(perf_counter())
    difference = compare(pair, _SETTINGS.difference)
    times.append(perf_counter())
    changed_regions(pair, difference.changed)
    times.append(perf_counter())
    verdict = judge(None, None, pair, _SETTINGS, TODAY)
    times.append(perf_counter())
    draw_validation(on_white(pair.picture), verdict, on_white(pair.baseline))
    times.append(perf_counter())
    spent = [(later - earlier) * 1000 for earlier, later in pairwise(times)]
    return dict(zip(("read", "decode", "compare", "regions", "verdict again", "annotate"), spent, strict=True))


def _odiff(program: Path, baseline: Path, picture: Path, out: Path | None) -> None:
    arguments = [str(program), str(baseline), str(picture), *([str(out)] if out else [])]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - the program was named by whoever runs this
    if done.returncode not in (0, 22):
        raise BenchmarkError(f"odiff answered {done.returncode}: {(done.stderr or done.stdout).strip()[:300]}")


def _milliseconds(run: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of the processor, whether in this process or in one that it waited for."""
    began, worked = perf_counter(), _worked()
    run()
    return (perf_counter() - began) * 1000, (_worked() - worked) * 1000


def _worked() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
