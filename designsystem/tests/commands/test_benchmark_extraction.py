"""The benchmark measures what it says: a corpus by the corpus's own score, and time by growing pages."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from designsystem.benchmarks.curve import Point, curve_as_json, curve_plot, curve_table, growth, measure_curve
from designsystem.benchmarks.worker import WorkerError, run_worker
from designsystem.tests.engine import sample_interface as sample

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus"
NOTHING: Callable[[str], None] = lambda _: None  # noqa: E731


def benchmark(*arguments: object) -> str:
    out = io.StringIO()
    call_command("benchmark_extraction", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One picture of our own, with its truth, beside the corpus's own score."""
    if not (CORPUS / "score.py").is_file():
        pytest.skip("the corpus is missing: ../shared/corpus/score.py scores the benchmark")
    shutil.copy(CORPUS / "score.py", tmp_path / "score.py")
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "shop.png").write_bytes(sample.picture_png())
    truth: dict[str, Any] = {kind: [] for kind in ("color", "type", "radius", "spacing", "border", "shadow")}
    truth |= {
        "dpr": 1,
        "color": [{"hex": colour.hex} for colour in (sample.PAGE, sample.CARD, sample.BLUE, sample.INK)],
    }
    (folder / "shop.truth.json").write_text(json.dumps(truth))
    return folder


def test_a_corpus_is_scored_and_its_documents_are_kept(corpus: Path, tmp_path: Path) -> None:
    figures = json.loads(benchmark("--corpus", corpus, "--repeat", 2, "--output", tmp_path / "out", "--json"))
    report = figures["corpus"]
    assert report["score"]["kinds"]["color"]["recall"] == 1.0
    assert report["score"]["missing"] == []
    assert report["pictures"] == 1
    assert report["pixel_ratio_found"]["right"] + len(report["pixel_ratio_found"]["wrong"]) == 1
    assert 0 < report["milliseconds"]["min"] <= report["milliseconds"]["max"]
    assert figures["machine"]["threads"] == "1"
    assert "$schema" in json.loads((tmp_path / "out" / "shop.tokens.json").read_text())


def test_a_picture_that_fails_is_named_and_ends_the_command_with_1(corpus: Path) -> None:
    (corpus / "torn.png").write_bytes(sample.picture_png()[:100])
    (corpus / "torn.truth.json").write_text((corpus / "shop.truth.json").read_text())
    with pytest.raises(CommandError, match="1 pictures could not be measured") as caught:
        benchmark("--corpus", corpus, "--repeat", 1)
    assert caught.value.returncode == 1


def test_a_folder_that_is_no_corpus_is_wrong_usage(tmp_path: Path) -> None:
    for arguments in (["--corpus", tmp_path], [], ["--curve", "--repeat", 0]):
        with pytest.raises(CommandError) as caught:
            benchmark(*arguments)
        assert caught.value.returncode == 2


def test_the_curve_measures_every_height() -> None:
    points = measure_curve((200, 400), 1, NOTHING)
    assert [point.height for point in points] == [200, 400]
    assert all(point.cpu_seconds > 0 for point in points)


def test_growth_is_the_exponent_of_the_pixels() -> None:
    assert growth([_point(height, height / 1000) for height in (900, 1800, 7200)]) == pytest.approx(1.0)
    assert growth([_point(height, (height / 1000) ** 2) for height in (900, 1800, 7200)]) == pytest.approx(2.0)


def test_the_curve_is_told_as_table_json_and_plot() -> None:
    points = [_point(900, 0.5), _point(20000, 11.0)]
    assert "1440 x 20000" in curve_table(points)
    assert curve_as_json(points)["points"][0]["peak_mib"] == 100.0
    plot = ElementTree.fromstring(curve_plot(points, "one & only"))
    assert len(plot.findall("{http://www.w3.org/2000/svg}circle")) == 2


def test_a_worker_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    with pytest.raises(WorkerError, match="not a PNG"):
        run_worker({"picture": str(tmp_path / "page.png"), "pixel_ratio": None, "repeat": 1, "tokens": None})


def _point(height: int, seconds: float) -> Point:
    return Point(height, seconds, seconds, 100 * 2**20, {"scene": seconds})
