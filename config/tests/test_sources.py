"""Who wins, who is hidden, what is refused, and that no value is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.orchestrator import ConfigServiceOrchestrator
from config.provenance import Layer
from config.tests.conftest import Load

SECRET = "s3cr3t-" + "value"


def codes(orchestrator: ConfigServiceOrchestrator) -> list[str]:
    return [problem.code for problem in orchestrator.report().problems]


def test_each_source_wins_over_the_one_before(load: Load, tmp_path: Path) -> None:
    secret = tmp_path / "prefix"
    secret.write_text("from-secret\n")
    toml, dotenv = '[cache]\nkey_prefix = "from-file"\n', "LOUPE_CACHE_KEY_PREFIX=from-dotenv\n"
    environ = {"LOUPE_CACHE_KEY_PREFIX": "from-environment"}
    key = "LOUPE_CACHE_KEY_PREFIX"
    stages = [
        (load(), Layer.DEFAULT, "loupe"),
        (load(toml=toml), Layer.FILE, "from-file"),
        (load(dotenv=dotenv), Layer.DOTENV, "from-dotenv"),
        (load(environ), Layer.ENVIRONMENT, "from-environment"),
        (load({**environ, f"{key}_FILE": str(secret)}), Layer.SECRET_FILE, "from-secret"),
    ]
    for orchestrator, layer, value in stages:
        assert orchestrator.resolution.origin(key).layer is layer
        assert orchestrator.cache_service.key_prefix == value
    hidden = stages[-1][0].resolution.readings[key][1:]
    assert [reading.origin.layer for reading in hidden] == [Layer.ENVIRONMENT, Layer.DOTENV, Layer.FILE]


def test_origin_names_file_and_line(load: Load) -> None:
    toml = '# top\n[api]\ndocs = false\n\n[vision]\nmodel = """\nmodel = "x"\n"""\ntimeout_seconds = 5\n'
    orchestrator = load(toml=toml, dotenv="# a\n\n\nLOUPE_CACHE_TIMEOUT_SECONDS=3\n")
    lines = {key: orchestrator.resolution.origin(key).line for key in orchestrator.resolution.readings}
    assert lines == {
        "LOUPE_API_DOCS": 3,
        "LOUPE_VISION_MODEL": 6,
        "LOUPE_VISION_TIMEOUT_SECONDS": 9,
        "LOUPE_CACHE_TIMEOUT_SECONDS": 4,
    }


def test_secrets_directory_wins_and_loses_one_newline(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "ANTHROPIC_API_KEY").write_text(f" {SECRET}\n\n")
    (folder / "somebody-elses").write_text("x")
    key = load({"LOUPE_SECRETS_DIR": str(folder), "ANTHROPIC_API_KEY": "weaker"}).vision_service.api_key
    assert key is not None
    assert key.get_secret_value() == f" {SECRET}\n"


@pytest.mark.parametrize("place", ["environment", "dotenv", "file", "secrets"])
def test_an_unknown_name_fails_and_names_the_nearest(load: Load, tmp_path: Path, place: str) -> None:
    name = "LOUPE_CACHE_KEY_PREFX"
    if place == "environment":
        orchestrator = load({name: SECRET})
    elif place == "dotenv":
        orchestrator = load(dotenv=f"{name}={SECRET}\n")
    elif place == "file":
        orchestrator = load(toml=f'[cache]\nkey_prefx = "{SECRET}"\n')
    else:
        folder = tmp_path / "secrets"
        folder.mkdir()
        (folder / name).write_text(SECRET)
        orchestrator = load({"LOUPE_SECRETS_DIR": str(folder)})
    (problem,) = orchestrator.report().errors
    assert problem.code == "unknown_key"
    assert ("cache.key_prefix" if place == "file" else "LOUPE_CACHE_KEY_PREFIX") in problem.fix
    assert SECRET not in orchestrator.report().text()


def test_a_place_is_named_in_the_environment_only(load: Load) -> None:
    assert codes(load(dotenv="LOUPE_CONFIG_FILE=other.toml\n")) == ["unknown_key"]


def test_others_variables_are_left_alone(load: Load) -> None:
    assert codes(load({"PATH": "/bin", "LOUPER": "x", "DATABASE_FILE": "x"}, dotenv="OTHER=1\n")) == []


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"LOUPE_API_MAX_BODY_BYTES": SECRET}, "LOUPE_API_MAX_BODY_BYTES"),
        ({"LOUPE_ENVIRONMENT": SECRET}, "LOUPE_ENVIRONMENT"),
        ({"LOUPE_LOGGING_FORMAT": SECRET}, "LOUPE_LOGGING_FORMAT"),
        ({"LOUPE_SECURITY_ENCRYPTION_KEYS": f"k1:{SECRET}"}, "LOUPE_SECURITY_ENCRYPTION_KEYS"),
        ({"DATABASE_URL": f"mysql://u:{SECRET}@h/d"}, "DATABASE_URL"),
        ({"REDIS_URL": f"http://u:{SECRET}@h"}, "REDIS_URL"),
        ({"LOUPE_VISION_BASE_URL": f"https://u:{SECRET}@h"}, "LOUPE_VISION_BASE_URL"),
        ({"LOUPE_SECURITY_TLS": SECRET}, "LOUPE_SECURITY_TLS"),
        ({"LOUPE_SILENCED_PROBLEMS": f"{SECRET}=x"}, "LOUPE_SILENCED_PROBLEMS"),
    ],
)
def test_an_unfit_value_is_a_problem_that_does_not_tell_it(load: Load, environ: dict[str, str], key: str) -> None:
    orchestrator = load(environ)
    (problem,) = orchestrator.report().errors
    assert (problem.code, problem.key) == ("malformed_value", key)
    assert SECRET not in orchestrator.report().text()
    assert SECRET not in repr(orchestrator.resolution)


def test_all_unfit_values_are_told_at_once(load: Load) -> None:
    orchestrator = load({"LOUPE_API_DOCS": "perhaps", "LOUPE_CACHE_TIMEOUT_SECONDS": "-1", "LOUPE_NONE": "1"})
    assert sorted(codes(orchestrator)) == ["malformed_value", "malformed_value", "unknown_key"]


def test_an_empty_variable_is_no_value(load: Load) -> None:
    orchestrator = load({"DATABASE_URL": "", "LOUPE_CACHE_KEY_PREFIX": ""}, dotenv="LOUPE_CACHE_KEY_PREFIX=mine\n")
    assert orchestrator.database_service.url is None
    assert orchestrator.cache_service.key_prefix == "mine"
    assert codes(orchestrator) == []


@pytest.mark.parametrize(
    ("toml", "place"),
    [("[api]\ndocs = \n", "loupe.toml:2"), ('schema_version = "x"\n', "loupe.toml")],
)
def test_a_broken_file_is_named_with_its_line(load: Load, toml: str, place: str) -> None:
    (problem,) = load(toml=toml).report().errors
    assert problem.code == "unreadable_source"
    assert problem.key.endswith(place)


def test_a_broken_line_of_dotenv_is_named_without_its_text(load: Load) -> None:
    (problem,) = load(dotenv=f"LOUPE_API_DOCS=true\nLOUPE_SECURITY_SECRET_KEY='{SECRET}\n").report().errors
    assert problem.key.endswith(".env:2")
    assert SECRET not in str(problem)


@pytest.mark.parametrize("name", ["LOUPE_CONFIG_FILE", "LOUPE_ENV_FILE", "LOUPE_SECRETS_DIR"])
def test_a_source_that_was_named_must_be_there(load: Load, name: str) -> None:
    assert codes(load({name: "nowhere"})) == ["unreadable_source"]


def test_a_missing_secret_file_fails_instead_of_falling_back(load: Load) -> None:
    orchestrator = load({"ANTHROPIC_API_KEY_FILE": "/nowhere/key", "ANTHROPIC_API_KEY": "weaker"})
    assert codes(orchestrator) == ["unreadable_source"]


def test_a_file_of_a_later_version_is_refused_and_of_an_earlier_one_warned_of(load: Load) -> None:
    assert codes(load(toml="schema_version = 99\n")) == ["newer_schema"]
    assert codes(load(toml="schema_version = 2\n")) == ["older_schema"]


def test_one_redis_serves_cache_and_task_queue(load: Load) -> None:
    orchestrator = load(toml='schema_version = 3\n[cache]\nurl = "redis://h:1/2"\n')
    assert orchestrator.cache_service.shared
    assert orchestrator.broker_url == "redis://h:1/2"
