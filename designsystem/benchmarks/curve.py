"""How time grows with the picture: the same page at growing heights, each in a fresh process."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from designsystem.benchmarks.long_page import WIDTH, write_long_page
from designsystem.benchmarks.worker import run_worker
from designsystem.engine.report.markup import Html, element

HEIGHTS = (900, 1800, 3600, 7200, 12000, 20000)


@dataclass(frozen=True, slots=True)
class Point:
    """One height: the least seconds of the runs, decode and exports included, by the clock and of the processor.

    `stages` are seconds of each stage of the engine.
    """

    height: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int | None
    stages: Mapping[str, float]

    @property
    def megapixels(self) -> float:
        return WIDTH * self.height / 1e6

    @property
    def milliseconds_a_megapixel(self) -> float:
        return 1000 * self.cpu_seconds / self.megapixels


def measure_curve(heights: Sequence[int], repeat: int, progress: Callable[[str], None]) -> tuple[Point, ...]:
    points = []
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        for height in heights:
            progress(f"{WIDTH} x {height}")
            write_long_page(height, picture)
            run = run_worker({"picture": str(picture), "pixel_ratio": 1.0, "repeat": repeat, "tokens": None})
            points.append(Point(height, min(run["seconds"]), min(run["cpu_seconds"]), run["peak_bytes"], run["stages"]))
    return tuple(points)


def growth(points: Sequence[Point]) -> float:
    """The k of processor time ~ pixels^k, by least squares on the logarithms; 1 is linear. Needs two points."""
    pixels = np.log([point.megapixels for point in points])
    seconds = np.log([point.cpu_seconds for point in points])
    return float(np.polyfit(pixels, seconds, 1)[0])


def curve_table(points: Sequence[Point]) -> str:
    """The points for people."""
    lines = [f"{'picture':<14}{'megapixels':>11}{'seconds':>10}{'processor':>11}{'ms/megapixel':>14}{'peak MiB':>10}"]
    for point in points:
        peak = "-" if point.peak_bytes is None else f"{point.peak_bytes / 2**20:.0f}"
        size = f"{WIDTH} x {point.height}"
        lines.append(
            f"{size:<14}{point.megapixels:>11.2f}{point.seconds:>10.3f}{point.cpu_seconds:>11.3f}"
            f"{point.milliseconds_a_megapixel:>14.1f}{peak:>10}"
        )
    first, last = points[0], points[-1]
    if first is not last:
        lines.append("")
        lines += [
            f"  {stage:<14}{1000 * first.stages[stage] / first.megapixels:>8.1f} ms/megapixel at the first height, "
            f"{1000 * last.stages[stage] / last.megapixels:.1f} at the last"
            for stage in last.stages
        ]
        lines.append(f"processor time grows as pixels to the power of {growth(points):.2f}")
    return "\n".join(lines)


def curve_as_json(points: Sequence[Point]) -> dict[str, Any]:
    """The points for programs."""
    return {
        "growth": round(growth(points), 3) if len(points) > 1 else None,
        "points": [
            {
                "width": WIDTH,
                "height": point.height,
                "seconds": round(point.seconds, 4),
                "cpu_seconds": round(point.cpu_seconds, 4),
                "milliseconds_a_megapixel": round(point.milliseconds_a_megapixel, 1),
                "stages": {stage: round(seconds, 4) for stage, seconds in point.stages.items()},
                "peak_mib": None if point.peak_bytes is None else round(point.peak_bytes / 2**20, 1),
            }
            for point in points
        ],
    }


def curve_plot(points: Sequence[Point], caption: str) -> str:
    """An SVG of processor seconds over megapixels, with the line that linear growth from the first point would take."""
    linear = points[0].cpu_seconds / points[0].megapixels
    most_pixels = points[-1].megapixels
    most_seconds = 1.08 * max(*(point.cpu_seconds for point in points), linear * most_pixels)
    right, bottom = _WIDTH - 30, _HEIGHT - 60

    def x(megapixels: float) -> float:
        return round(_LEFT + megapixels / most_pixels * (right - _LEFT), 1)

    def y(seconds: float) -> float:
        return round(bottom - seconds / most_seconds * (bottom - _TOP), 1)

    measured = [(x(point.megapixels), y(point.cpu_seconds)) for point in points]
    ideal = [(x(0), y(0)), (x(most_pixels), y(linear * most_pixels))]
    title = "Processor seconds to extract and export, by megapixels; dashed: linear from the first point"
    drawing = element(
        "svg",
        element("rect", width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
        _text(title, _LEFT, 24, "start"),
        element("path", d=f"M{_LEFT},{_TOP}V{bottom}H{right}", fill="none", stroke="#888888"),
        element("polyline", points=_joined(ideal), fill="none", stroke="#b0b0b0", stroke_dasharray="5 4"),
        element("polyline", points=_joined(measured), fill="none", stroke="#0b6558", stroke_width=2),
        *(element("circle", cx=left, cy=top, r=4, fill="#0b6558") for left, top in measured),
        *(_text(f"{point.megapixels:.1f}", x(point.megapixels), bottom + 20, "middle") for point in points),
        *(_text(f"{tick:g} s", _LEFT - 8, y(tick) + 4, "end") for tick in _ticks(most_seconds)),
        _text(caption, _WIDTH / 2, _HEIGHT - 12, "middle"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=title,
        font_family="Arial, Helvetica, sans-serif",
        font_size=13,
        fill="#333333",
    )
    return drawing + "\n"


_WIDTH, _HEIGHT, _LEFT, _TOP = 720, 420, 70, 40


def _text(words: str, x: float, y: float, anchor: str) -> Html:
    return element("text", words, x=x, y=y, text_anchor=anchor)


def _joined(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{left},{top}" for left, top in places)


def _ticks(most: float) -> list[float]:
    """Three to six round numbers up to `most`."""
    unit = 10.0 ** math.floor(math.log10(most))
    step = next(step for step in (unit, unit / 2, unit / 5) if most / step >= 3)
    return [round(step * number, 6) for number in range(1, int(most / step) + 1)]
