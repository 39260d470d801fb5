"""What an operator meets at the command line is one line and an exit code, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError

from config import command_line
from config.management.commands import config as config_command

ROOT = Path(__file__).resolve().parents[2]


def fails_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def handle(self: object, *args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(config_command.Command, "handle", handle)


@pytest.mark.parametrize("error", [OperationalError, ProgrammingError, InterfaceError])
def test_a_database_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: type[Exception]
) -> None:
    fails_with(monkeypatch, error("connection refused\n  a second line with more"))
    assert command_line.run(["manage.py", "config", "show"]) == 1
    said = capfd.readouterr().err
    assert said == "The database: connection refused. Is it up, and are its tables there (manage.py migrate)?\n"
    with pytest.raises(error):
        command_line.run(["manage.py", "config", "--traceback", "show"])


def test_ctrl_c_ends_a_command_in_one_word(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    fails_with(monkeypatch, KeyboardInterrupt())
    assert command_line.run(["manage.py", "config", "show"]) == 130
    assert capfd.readouterr().err == "Stopped.\n"


def test_a_defect_of_ours_is_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, ValueError("ours"))
    with pytest.raises(ValueError, match="ours"):
        command_line.run(["manage.py", "config", "show"])


def test_an_exit_code_of_a_command_is_kept() -> None:
    assert command_line.run(["manage.py", "config", "inspect", "NOPE"]) == 1
    assert command_line.run(["manage.py", "config", "diff", "staging"]) == 2


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["told at the end", "told while writing"])
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("config show --json", 141, ""),
        ("config show --json > /dev/full", 2, "Cannot write: No space left on device.\n"),
        ("detect_secrets --engine rules manage.py > /dev/full", 2, "Cannot write: No space left on device.\n"),
    ],
)
def test_what_cannot_be_written_never_looks_clean(command: str, code: int, said: str, unbuffered: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is missing: this is no Linux")
    reading, writing = os.pipe()
    os.close(reading)  # as `| head` does when it has seen enough
    try:
        done = subprocess.run(
            ["sh", "-c", f"exec {sys.executable} manage.py {command}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (code, said)
