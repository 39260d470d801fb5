"""`manage.py validate_screenshot`: what a pipeline meets, from exit codes to files."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import extract
from designsystem.tests import pictures

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command: its exit status, standard output, and the message of its error."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        message = ""
        try:
            call_command("validate_screenshot", *map(str, arguments))
            status = 0
        except SystemExit as left:
            status = int(left.code or 0)
        except CommandError as error:
            status, message = error.returncode, str(error)
        sys.stdout.flush()
        return status, capfdbinary.readouterr().out.decode(), message

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """page.png and its tokens, other.png with another accent, and wide.png of another size."""
    (tmp_path / "page.png").write_bytes(pictures.page())
    (tmp_path / "other.png").write_bytes(pictures.page(accent="#c92a2a"))
    (tmp_path / "wide.png").write_bytes(pictures.page(size=(420, 300)))
    found = extract(pictures.page(), pixel_ratio=1.0)
    (tmp_path / "tokens.json").write_text(dtcg.export(found.token_set), encoding="utf-8")
    return tmp_path


def test_a_page_that_keeps_to_its_tokens_and_its_baseline_passes(files: Path, run: Run) -> None:
    status, out, _ = run(
        files / "page.png", "--tokens", files / "tokens.json", "--baseline", files / "page.png", "--pixel-ratio", "1"
    )
    assert status == 0
    assert out.splitlines()[0].endswith("page.png: passed")


def test_a_changed_page_fails_with_its_findings(files: Path, run: Run) -> None:
    status, out, _ = run(
        files / "other.png", "--tokens", files / "tokens.json", "--baseline", files / "page.png", "--format", "json",
        "--pixel-ratio", "1", "--name", "screens/settings.png",
    )  # fmt: skip
    document = json.loads(out)
    assert status == 1
    assert document["outcome"] == "failed"
    assert document["subject"]["picture"] == "screens/settings.png"
    failing = {each["rule"]: each for each in document["findings"] if each["fails"]}
    assert set(failing) == {"color-off-palette", "changed-share", "changed-region"}
    assert failing["color-off-palette"]["found"] == "#c92a2a"
    assert document["baseline"]["regions"][0]["kind"] == "colour"


def test_masks_hide_what_may_change(files: Path, run: Run) -> None:
    arguments = (files / "other.png", "--baseline", files / "page.png", "--contrast", "off", "--format", "json")
    status, out, _ = run(*arguments, "--mask", "60,176,128,48")
    assert status == 0
    assert json.loads(out)["baseline"]["masks"] == [[60, 176, 128, 48]]
    assert run(*arguments, "--mask", "60,176,64,48")[0] == 1
    status, out, _ = run(*arguments, "--mask", "0,0,4000,4000")
    assert (status, json.loads(out)["undecided"][0]["reason"]) == (2, "everything_masked")


def test_sizes_that_differ_cannot_be_judged_unless_a_policy_says_how(files: Path, run: Run) -> None:
    arguments = (files / "wide.png", "--baseline", files / "page.png", "--contrast", "off")
    assert run(*arguments)[0] == 2
    assert run(*arguments, "--sizes", "overlap")[0] == 1
    assert run(*arguments, "--sizes", "overlap", "--allowed-share", "1")[0] == 0


@pytest.mark.parametrize("ignore", [True, False])
def test_anti_aliasing_is_ignored_or_counted_as_asked(tmp_path: Path, run: Run, ignore: bool) -> None:
    for name, shift in (("one", 0), ("other", 2)):
        large = Image.new("RGB", (320, 320), "#ffffff")
        large.paste("#1b1e24", (80 + shift, 80, 240 + shift, 240))
        large.resize((80, 80), Image.Resampling.BOX).save(tmp_path / f"{name}.png")
    option = "--ignore-antialiasing" if ignore else "--no-ignore-antialiasing"
    status, out, _ = run(
        tmp_path / "other.png", "--baseline", tmp_path / "one.png", "--contrast", "off", option, "--format", "json",
        "--pixel-tolerance", "0.05",
    )  # fmt: skip
    found = json.loads(out)
    assert found["settings"]["baseline"]["ignore_antialiasing"] is ignore
    assert (found["baseline"]["excused_antialiasing"] > 0) is ignore
    assert found["baseline"]["changed_pixels"] + found["baseline"]["excused_antialiasing"] == 80
    assert status == (0 if ignore else 1)


def test_files_are_written_whole_and_the_overlay_beside(files: Path, run: Run) -> None:
    status, out, _ = run(
        files / "other.png", "--baseline", files / "page.png", "--format", "html", "--output", files / "out/r.html",
        "--overlay", files / "out/o.png",
    )  # fmt: skip
    assert (status, out) == (1, "")
    assert (files / "out/r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with Image.open(files / "out/o.png") as overlay:
        assert overlay.size[0] == 400
    assert sorted(each.name for each in (files / "out").iterdir()) == ["o.png", "r.html"]


@pytest.mark.parametrize("name", ["text", "json", "html", "junit", "sarif"])
def test_every_format_is_written(files: Path, run: Run, name: str) -> None:
    status, out, _ = run(files / "page.png", "--format", name, "--pixel-ratio", "1")
    assert status == 0
    assert ("2.1.0" if name == "sarif" else "page.png") in out


def test_an_exception_with_a_reason_lets_a_deviation_pass(files: Path, run: Run) -> None:
    entry = {"rule": "color-off-palette", "found": "#c92a2a", "reason": "Sale", "expires": "2999-12-31"}
    (files / "accepted.json").write_text(json.dumps({"exceptions": [entry]}))
    arguments = (files / "other.png", "--tokens", files / "tokens.json", "--pixel-ratio", "1")
    assert run(*arguments)[0] == 1
    assert run(*arguments, "--exceptions", files / "accepted.json")[0] == 0
    (files / "accepted.json").write_text(json.dumps({"exceptions": [{**entry, "expires": "2020-01-01"}]}))
    assert run(*arguments, "--exceptions", files / "accepted.json")[0] == 1


def test_a_picture_may_come_from_standard_input(files: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pictures.page())))
    status, out, _ = run("-", "--baseline", files / "page.png", "--contrast", "off")
    assert (status, out.splitlines()[0]) == (0, "stdin: passed")


@pytest.mark.parametrize("name", pictures.BAD)
def test_a_bad_picture_is_no_failure_but_cannot_be_judged(tmp_path: Path, run: Run, name: str) -> None:
    (tmp_path / "bad").write_bytes(pictures.BAD[name][0])
    status, out, message = run(tmp_path / "bad")
    assert (status, out) == (2, "")
    assert message


def test_a_bad_baseline_leaves_the_other_checks_made(files: Path, run: Run) -> None:
    (files / "bad.png").write_bytes(pictures.page()[:200])
    status, out, _ = run(files / "page.png", "--baseline", files / "bad.png", "--format", "json", "--pixel-ratio", "1")
    document = json.loads(out)
    assert status == 2
    assert document["undecided"] == [
        {"check": "baseline", "reason": "corrupt", "detail": document["undecided"][0]["detail"]}
    ]
    assert document["contrast"]["pairs"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--allowed-share", "5.5"], "allowed_share is a share"),
        (["--pixel-tolerance", "2"], "pixel_tolerance must be"),
        (["--mask", "1,2,3,4"], "--mask is for a comparison"),
        (["--contrast", "off"], "nothing to judge"),
        (["--drift", "0.1"], "drift must not"),
        (["--output", "page.png"], "would replace"),
        (["--overlay", "-"], "only one result"),
        (["--tokens", "missing.json"], "missing.json"),
        (["--tokens", "page.png"], "not UTF-8"),
        (["--exceptions", "tokens.json"], "exceptions"),
    ],
)
def test_wrong_usage_is_told_and_judges_nothing(
    files: Path, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[Any], says: str
) -> None:
    monkeypatch.chdir(files)
    status, out, message = run("page.png", *arguments)
    assert (status, out) == (2, "")
    assert says in message
    assert (files / "page.png").read_bytes() == pictures.page()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--mask", "1,2,3"], "X,Y,W,H"),
        (["--mask", "1,2,0,3"], "covers nothing"),
        (["--pixel-ratio", "99"], "neither auto"),
        (["--format", "xml"], "invalid choice"),
    ],
)
def test_what_an_option_cannot_be_is_told(files: Path, run: Run, arguments: list[str], says: str) -> None:
    status, out, message = run(files / "page.png", *arguments)
    assert status
    assert out == ""
    assert says in message
