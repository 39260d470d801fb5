"""A corpus through the engine: the corpus's own score, the pixel ratio found, time and memory of every picture."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designsystem.benchmarks.worker import WorkerError, run_worker

Json = dict[str, Any]


class CorpusError(ValueError):
    """The folder is no corpus; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """`score` is what score.py printed as JSON; `ratio_found` counts pictures whose ratio was right when not given;
    `stages` are median milliseconds; `failed` names pictures that could not be measured, with the reason."""

    score: Json
    pictures: int
    ratio_found: int
    ratio_wrong: tuple[str, ...]
    milliseconds: tuple[float, ...]
    cpu_milliseconds: tuple[float, ...]
    stages: dict[str, float]
    peak_bytes: tuple[int, ...]
    import_seconds: float
    failed: dict[str, str]

    def as_json(self) -> Json:
        return {
            "score": self.score,
            "pictures": self.pictures,
            "pixel_ratio_found": {"right": self.ratio_found, "wrong": list(self.ratio_wrong)},
            "milliseconds": _spread(self.milliseconds),
            "cpu_milliseconds": _spread(self.cpu_milliseconds),
            "stages_median_milliseconds": self.stages,
            "peak_mib": _spread([each / 2**20 for each in self.peak_bytes]),
            "engine_import_seconds": round(self.import_seconds, 3),
            "failed": self.failed,
        }


def measure_corpus(corpus: Path, tokens: Path, repeat: int, progress: Callable[[str], None]) -> CorpusReport:
    """Every NAME.png of `corpus` beside its NAME.truth.json; documents go to `tokens`, which must exist.

    The time of a picture is the least of `repeat` runs; `progress` is called with each name before it is measured.
    """
    truths = sorted(corpus.glob("*.truth.json"))
    score = corpus.resolve().parent / "score.py"
    if not truths:
        raise CorpusError(f"no *.truth.json in {corpus}")
    if not score.is_file():
        raise CorpusError(f"no score.py beside {corpus}")
    failed: dict[str, str] = {}
    runs: list[Json] = []
    wrong: list[str] = []
    for path in truths:
        name = path.name.removesuffix(".truth.json")
        progress(name)
        truth = json.loads(path.read_text(encoding="utf-8"))
        job = {"picture": str(corpus.resolve() / f"{name}.png"), "repeat": repeat}
        try:
            runs.append(
                run_worker(
                    {**job, "pixel_ratio": truth["dpr"], "tokens": str(tokens.resolve() / f"{name}.tokens.json")}
                )
            )
            found = run_worker({**job, "pixel_ratio": None, "repeat": 1, "tokens": None})
        except WorkerError as error:
            failed[name] = str(error)
            continue
        if found["pixel_ratio"] != truth["dpr"]:
            wrong.append(f"{name} ({truth['dpr']:g} read as {found['pixel_ratio']:g})")
    return CorpusReport(
        score=_run_score(score, corpus, tokens),
        pictures=len(truths),
        ratio_found=len(runs) - len(wrong),
        ratio_wrong=tuple(wrong),
        milliseconds=tuple(1000 * min(run["seconds"]) for run in runs),
        cpu_milliseconds=tuple(1000 * min(run["cpu_seconds"]) for run in runs),
        stages={
            stage: round(1000 * statistics.median(run["stages"][stage] for run in runs), 1)
            for stage in (runs[0]["stages"] if runs else {})
        },
        peak_bytes=tuple(run["peak_bytes"] for run in runs if run["peak_bytes"] is not None),
        import_seconds=min((run["import_seconds"] for run in runs), default=0.0),
        failed=failed,
    )


def corpus_table(report: CorpusReport) -> str:
    """The report for people."""
    lines = [f"{'kind':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'exact':>10}"]
    for kind, figures in report.score["kinds"].items():
        cells = (figures.get(name) for name in ("precision", "recall", "f1", "exact"))
        lines.append(f"{kind:<10}" + "".join(f"{'' if cell is None else f'{cell:.3f}':>10}" for cell in cells))
    lines.append(f"{'overall':<10}{'':>10}{'':>10}{report.score['overall']:>10.3f}")
    lines += ["", f"pixel ratio found when not given: {report.ratio_found} of {report.pictures}"]
    lines += [f"  wrong: {each}" for each in report.ratio_wrong]
    figures = report.as_json()
    lines += [
        f"ms a picture (decode, extract, all exports): {_shown(figures['milliseconds'])}",
        f"  of the processor: {_shown(figures['cpu_milliseconds'])}",
        f"  median of each stage: {', '.join(f'{stage} {spent}' for stage, spent in report.stages.items())}",
        f"peak MiB, each picture in a fresh process: {_shown(figures['peak_mib'])}",
        f"engine import: {report.import_seconds:.3f} s",
        *(f"failed: {name}: {reason}" for name, reason in report.failed.items()),
    ]
    return "\n".join(lines)


def _run_score(score: Path, corpus: Path, tokens: Path) -> Json:
    done = subprocess.run(  # noqa: S603 - the corpus's own script, named by whoever runs the benchmark
        [sys.executable, str(score), str(corpus), str(tokens), "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CorpusError(f"score.py failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    result: Json = json.loads(done.stdout)
    return result


def _spread(values: tuple[float, ...] | list[float]) -> Json:
    if not values:
        return {"min": None, "median": None, "max": None}
    return {
        "min": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "max": round(max(values), 1),
    }


def _shown(spread: Json) -> str:
    return ", ".join(f"{name} {'-' if value is None else value}" for name, value in spread.items())
