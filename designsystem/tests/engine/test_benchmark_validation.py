"""The benchmark of comparisons says what it measured; how fast that was is not for a test to judge."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from designsystem.benchmarks.comparison import make_pair
from designsystem.benchmarks.painted_pages import ChromiumMissing, judge_painted_pages
from designsystem.engine.comparison.difference import DifferenceSettings, Metric, compare
from designsystem.engine.rgba import decode_pair
from designsystem.tests import pictures


def test_a_made_pair_differs_by_its_share(tmp_path: Path) -> None:
    one, other = make_pair(tmp_path, 640, 480, 0.01)
    found = compare(decode_pair(one.read_bytes(), other.read_bytes()), DifferenceSettings(Metric.EXACT))
    assert 0.01 <= found.share < 0.03


def test_figures_are_told_by_pair_and_stage(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, 640, 480, 0.01)
    out = io.StringIO()
    call_command("benchmark_validation", "--pair", *map(str, pair), "--repeat", "1", "--json", stdout=out)
    (row,) = json.loads(out.getvalue())["pairs"]
    assert row["changed"] > 0
    assert row["ours"] > 0
    assert row["ratios"] is None
    assert set(row["profile"]) == {"read", "decode", "compare", "regions", "verdict again", "annotate"}


def test_odiff_takes_turns_where_it_is(tmp_path: Path, node_tools: Path) -> None:
    program = next(node_tools.glob("node_modules/@odiff/*/odiff"), None)
    if program is None:
        pytest.skip("the odiff program of this platform is missing")
    pair = make_pair(tmp_path, 640, 480, 0.01)
    out = io.StringIO()
    call_command("benchmark_validation", "--pair", *map(str, pair), "--repeat", "1", "--odiff", program, stdout=out)
    assert "  ratio " in out.getvalue()


def test_pages_of_a_corpus_are_judged_by_their_truth(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(pictures.page())
    colours = [{"hex": each, "roles": ["text"]} for each in ("#212529", "#495057", "#ffffff", "#3b5bdb", "#f8f9fa")]
    (tmp_path / "page.truth.json").write_text(json.dumps({"color": colours}))
    out = io.StringIO()
    call_command("benchmark_validation", "--corpus", tmp_path, stdout=out)
    page, together = out.getvalue().splitlines()
    assert page.startswith("own findings 0, color-off-palette 1/1, font-size 1/1")
    assert page.endswith("  page")
    assert together.endswith("  all 1")


@pytest.mark.parametrize(
    "wrong",
    [["--corpus", "no-such-folder"], ["--repeat", "0"], ["--odiff", "no-such-program"], ["--pair", "a.png", "b.png"]],
)
def test_wrong_usage_is_told(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("benchmark_validation", *wrong)


def test_a_painted_design_keeps_to_itself_and_its_moved_heading_is_told(tmp_path: Path) -> None:
    try:
        told = next(judge_painted_pages(tmp_path))
    except ChromiumMissing as error:
        pytest.skip(str(error))
    assert (told.own_findings, told.moved) == (0, 2)
    assert told.named >= told.only
    assert told.named
