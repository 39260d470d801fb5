"""The reference and the starter file say what is so, and say it alike every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.documentation import reference, starter_file
from config.problems import CATALOGUE
from config.registry import settings, settings_by_path
from config.services.model import PROJECT_ROOT
from config.tests.conftest import Load


def test_every_setting_is_described_and_every_problem_listed() -> None:
    text = reference()
    for setting in settings().values():
        assert f"| `{setting.key}` | `{setting.path}` |" in text
        assert len(setting.doc) > 10, setting.key
    for number in CATALOGUE.values():
        assert f"`config.{number}`" in text


def test_the_committed_files_are_not_stale() -> None:
    call_command("generate_config_docs", "--check")


def test_the_text_is_the_same_in_every_process_and_place() -> None:
    code = "from config.documentation import reference, starter_file; print(reference() + starter_file(), end='')"
    environ = {**os.environ, "PYTHONHASHSEED": "7", "LOUPE_CACHE_KEY_PREFIX": "mine", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    other = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], cwd=PROJECT_ROOT, env=environ, capture_output=True, check=True
    )
    assert other.stdout.decode() == reference() + starter_file()
    assert str(PROJECT_ROOT) not in reference() + starter_file()


def test_check_fails_and_shows_the_difference_when_a_file_is_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("generate_config_docs", "--output-dir", str(tmp_path))
    starter = tmp_path / "loupe.example.toml"
    starter.write_text(starter.read_text().replace("key_prefix", "prefix"))
    with pytest.raises(CommandError, match="stale"):
        call_command("generate_config_docs", "--check", "--output-dir", str(tmp_path))
    assert "-# prefix" in capsys.readouterr().err


def test_the_starter_file_is_read_without_a_problem(load: Load) -> None:
    assert load(toml=starter_file()).report().problems == ()


def test_every_line_of_the_starter_file_works_when_taken_in(load: Load) -> None:
    opened = re.sub(r"(?m)^# ([a-z_0-9]+ = )", r"\1", starter_file())
    content = tomllib.loads(opened)
    orchestrator = load(toml=opened)
    assert orchestrator.report().problems == ()
    assert sum(len(table) for table in content.values() if isinstance(table, dict)) > len(settings()) - 10
    for path, setting in settings_by_path().items():
        service, field = setting.homes[-1]
        assert getattr(getattr(orchestrator, service), field) == setting.default, path
