"""What people ask of `manage.py config`, and what `manage.py check` says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks
from django.core.management import CommandError, call_command

from config.checks import TAG
from config.keys import made_on, parse_keyring
from config.orchestrator import replace_orchestrator
from config.registry import settings
from config.services.model import PROJECT_ROOT
from config.tests.conftest import Load


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("config", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def layered(load: Load) -> object:
    """get_orchestrator() answers with a configuration of several layers."""
    earlier = replace_orchestrator(
        load(
            {"REDIS_URL": "redis://u:hidden-one@h:1/0", "LOUPE_CACHE_KEY_PREFIX": "mine"},
            toml='schema_version = 3\n[cache]\nkey_prefix = "theirs"\nurl = "redis://u:hidden-two@h:1/0"\n',
        )
    )
    yield
    replace_orchestrator(earlier)


@pytest.mark.usefixtures("layered")
@pytest.mark.parametrize("name", ["LOUPE_CACHE_KEY_PREFIX", "cache.key_prefix"])
def test_inspect_shows_the_winner_and_what_it_hides(name: str) -> None:
    text = run("inspect", name)
    assert "value   mine\n  from    environment LOUPE_CACHE_KEY_PREFIX" in text
    assert "hides   theirs  from " in text
    assert "loupe.toml:3" in text


@pytest.mark.usefixtures("layered")
@pytest.mark.parametrize("arguments", [["show"], ["show", "--json"], ["inspect"], ["inspect", "--json"]])
def test_no_listing_tells_a_secret(arguments: list[str]) -> None:
    text = run(*arguments)
    assert "redis://u:********@h:1/0" in text
    assert "hidden-" not in text


def test_show_lists_every_setting() -> None:
    assert [row["key"] for row in json.loads(run("show", "--json"))] == list(settings())


def test_an_unknown_key_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(CommandError, match="did you mean LOUPE_CACHE_KEY_PREFIX"):
        run("inspect", "LOUPE_CACHE_PREFIX")


def test_diff_of_environments_shows_demands_and_problems() -> None:
    rows = json.loads(run("diff", "development", "production", "--json"))
    assert {"kind": "demand", "name": "sqlite_allowed", "left": "True", "right": "False"} in rows
    assert json.loads(run("diff", "staging", "staging", "--json")) == []


def test_diff_of_files_compares_secrets_without_showing_them(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text('[vision]\napi_key = "hidden-one"\n[api]\ndocs = false\n')
    other.write_text('[vision]\napi_key = "hidden-two"\n')
    text = run("diff", str(one), str(other))
    assert "hidden" not in text
    assert [line.split()[1] for line in text.splitlines()[1:]] == ["LOUPE_API_DOCS", "ANTHROPIC_API_KEY"]


def test_generated_keys_fit_production(load: Load, production: dict[str, str]) -> None:
    made = dict(line.split("=", 1) for line in run("generate-key").splitlines())
    assert load({**production, **made}).validate_configuration() == []
    for name, value in made.items():
        assert made_on(value.partition(":")[0]) is not None, name
    assert len(set(made.values())) == len(made)


def test_one_key_comes_without_its_name() -> None:
    ring = run("generate-key", "--only", "LOUPE_SECURITY_ENCRYPTION_KEYS").strip()
    assert len(parse_keyring_text(ring)) == 1


def test_check_reports_another_environment() -> None:
    with pytest.raises(CommandError, match=r"config\.E017  LOUPE_SECURITY_SECRET_KEY"):
        run("check", "--environment", "production")


def test_system_checks_are_the_same_report(load: Load, production: dict[str, str]) -> None:
    orchestrator = load({**production, "LOUPE_SECURITY_TLS": "false", "LOUPE_DEBUG": "true"})
    earlier = replace_orchestrator(orchestrator)
    try:
        messages = checks.run_checks(tags=[TAG])
    finally:
        replace_orchestrator(earlier)
    assert {message.id for message in messages} == {problem.id for problem in orchestrator.validate_configuration()}
    assert {message.id for message in messages} == {"config.E010", "config.E014"}


@pytest.mark.parametrize("command", [["check"], ["config", "check"]])
def test_a_broken_configuration_can_still_be_looked_at(command: list[str]) -> None:
    outcome = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=PROJECT_ROOT,
        env={**os.environ, "LOUPE_ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "config.E017" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def parse_keyring_text(text: str) -> dict[str, bytes]:
    from pydantic import SecretStr

    return parse_keyring(SecretStr(text))
