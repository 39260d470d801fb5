"""`manage.py extract_tokens` as people and scripts meet it: what is written, what is said, how it ends."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.tests.engine import sample_interface as sample

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shop.png"
    path.write_bytes(sample.picture_png())
    return path


def run(*arguments: object, stderr: io.StringIO | None = None) -> str:
    out = io.StringIO()
    call_command("extract_tokens", *map(str, arguments), stdout=out, stderr=stderr or io.StringIO())
    return out.getvalue()


def refused(*arguments: object) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


def test_one_picture_prints_a_table(picture: Path) -> None:
    assert run(picture).startswith("960 x 600 px at pixel ratio 1 (found, ")


def test_a_pixel_ratio_that_is_given_is_used(picture: Path) -> None:
    assert "at pixel ratio 2 (given)" in run(picture, "--pixel-ratio", "2")


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_format_without_a_file_prints_the_document(
    picture: Path, name: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = picture.with_name("document")
    run(picture, "--format", name, "--output", target)
    capfdbinary.readouterr()
    run(picture, "--format", name)
    assert capfdbinary.readouterr().out == target.read_bytes() != b""


def test_the_same_picture_gives_the_same_files(picture: Path, tmp_path: Path) -> None:
    for turn in ("first", "second"):
        run(picture, "--output", tmp_path / turn / "a.json", "--report", tmp_path / turn / "a.html",
            "--overlay", tmp_path / turn / "a.png")  # fmt: skip
    for name in ("a.json", "a.html", "a.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_report_and_overlay_are_written_and_named(picture: Path, tmp_path: Path) -> None:
    said = run(picture, "--report", tmp_path / "r.html", "--overlay", tmp_path / "o.png")
    assert f"wrote {tmp_path / 'r.html'}" in said
    assert "<title>shop · design tokens</title>" in (tmp_path / "r.html").read_text(encoding="utf-8")
    drawn = cv2.imdecode(np.frombuffer((tmp_path / "o.png").read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert drawn.shape[1] == sample.WIDTH


def test_many_pictures_give_one_document_each(picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "bank.png"
    other.write_bytes(picture.read_bytes())
    run(picture, other, "--output-dir", tmp_path / "tokens", "--report", tmp_path / "{name}.html")
    assert sorted(path.name for path in (tmp_path / "tokens").iterdir()) == ["bank.tokens.json", "shop.tokens.json"]
    assert (tmp_path / "bank.html").is_file()
    assert (tmp_path / "shop.html").is_file()


def test_many_pictures_without_a_folder_are_written_to_the_current_one(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "bank.png"
    other.write_bytes(picture.read_bytes())
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run(picture, other, "--format", "css")
    assert sorted(os.listdir()) == [f"bank{EXPORTERS['css'].suffix}", f"shop{EXPORTERS['css'].suffix}"]


def test_pictures_of_the_same_name_do_not_replace_each_other(picture: Path, tmp_path: Path) -> None:
    paths = [picture, tmp_path / "shop.gif", tmp_path / "old" / "SHOP.png"]
    paths[2].parent.mkdir()
    for path in paths[1:]:
        path.write_bytes(picture.read_bytes())
    run(*paths, "--output-dir", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "SHOP.png-2.tokens.json",
        "shop.gif.tokens.json",
        "shop.png.tokens.json",
    ]


def test_a_bad_picture_stops_nothing_and_is_named_with_the_reason(picture: Path, tmp_path: Path) -> None:
    empty, page = tmp_path / "empty.png", tmp_path / "page.png"
    empty.touch()
    page.write_text("<html></html>")
    said = io.StringIO()
    with pytest.raises(CommandError, match="3 of 4 pictures failed") as caught:
        run(empty, picture, page, tmp_path / "missing.png", "--output-dir", tmp_path / "out", stderr=said)
    assert caught.value.returncode == 1
    assert f"{empty}: The file is empty. (empty)" in said.getvalue()
    assert f"{page}: The file is not a PNG" in said.getvalue()
    assert f"{tmp_path / 'missing.png'}: No such file or directory (file)" in said.getvalue()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["shop.tokens.json"]


def test_json_tells_results_and_failures(picture: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command(
            "extract_tokens",
            str(picture),
            str(tmp_path / "missing.png"),
            "--json",
            f"--output-dir={tmp_path / 'out'}",
            stdout=out,
            stderr=io.StringIO(),
        )
    good, bad = json.loads(out.getvalue())["pictures"]
    assert (good["width"], good["height"], good["pixel_ratio_given"]) == (960, 600, False)
    assert good["files"]["document"] == str(tmp_path / "out" / "shop.tokens.json")
    assert bad["error"]["reason"] == "file"


def test_a_picture_comes_from_standard_input(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(picture.read_bytes())))
    assert run("-").startswith("960 x 600 px")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.png", "--pixel-ratio", "0"],
        ["a.png", "--pixel-ratio", "nan"],
        ["a.png", "--pixel-ratio", "two"],
        ["a.png", "--format", "pdf"],
        ["a.png", "--colour"],
        ["a.png", "b.png", "--output", "c.json"],
        ["a.png", "b.png", "--report", "c.html"],
        ["a.png", "b.png", "--overlay", "c.png"],
        ["a.png", "--output", "b", "--output-dir", "c"],
        ["a.png", "--output", "b", "--report", "./b"],
        ["a.png", "--overlay", "a.png"],
        ["-", "-"],
        ["a.png", "--json", "--output", "-"],
        ["a.png", "--output", "-", "--report", "-"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_before_anything_is_read(arguments: list[str]) -> None:
    """Through the command itself; a parse error is a CommandError there, and 2 on the command line."""
    error = refused(*arguments)
    assert error.returncode == 2 or str(error).startswith("Error: ")


def test_the_command_line_ends_with_2_for_wrong_usage_and_1_for_a_failed_picture(tmp_path: Path) -> None:
    assert manage("a.png", "--pixel-ratio", "0").returncode == 2
    assert manage(tmp_path / "missing.png").returncode == 1


def test_a_result_that_cannot_be_written_leaves_nothing_behind(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    assert refused(picture, "--output", tmp_path / "folder").returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "shop.png"]


def test_a_failed_picture_leaves_the_result_of_an_earlier_run(picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "shop.tokens.json"
    run(picture, "--output", target)
    before = target.read_bytes()
    picture.write_bytes(before)
    assert refused(picture, "--output", target).returncode == 1
    assert target.read_bytes() == before


def test_a_pipe_gets_no_progress_bar_and_no_database_is_touched(picture: Path) -> None:
    done = manage(picture, DATABASE_URL="postgres://nobody:nothing@127.0.0.1:1/none")
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_terminal_shows_a_progress_bar(picture: Path) -> None:
    ours, theirs = pty.openpty()
    subprocess.run([*COMMAND, picture], stderr=theirs, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "0/1" in shown
    assert "1/1" in shown
    assert shown.endswith("\r\x1b[K")


COMMAND = [sys.executable, "manage.py", "extract_tokens"]


def manage(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command line."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment}
    )
