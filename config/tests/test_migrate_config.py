"""Configuration files move between versions, both ways, keep what people wrote, and survive a kill at any moment."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from config.file_migration import MigrationError, migrate_toml, migrate_variables
from config.migrations_of_config import CURRENT_VERSION, FIRST_VERSION, STEPS, WouldLose, migrate, replaced_keys
from config.registry import settings, settings_by_path
from config.services.model import PROJECT_ROOT
from config.tests.conftest import Load

VERSION_1 = """\
# Ours
# since spring

[api]
docs = true   # shown

# tokens live short
access_token_seconds = 120  # agreed
debug = false

[security]
allowed_hosts = "a.example.com, b.example.com"  # two
trusted_proxies = ["10.0.0.1"]
secret_key = "hidden-one"

[cache]
url = "redis://u:hidden-two@h:1/0"
# the end
"""
VERSION_3 = """\
# Ours
# since spring
schema_version = 3

debug = false

[api]
docs = true   # shown


[security]
allowed_hosts = ["a.example.com", "b.example.com"]  # two
trusted_proxies = ["10.0.0.1"]
secret_key = "hidden-one"

[cache]
url = "redis://u:hidden-two@h:1/0"
# the end

[authentication]
# tokens live short
access_token_seconds = 120  # agreed
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "loupe.toml"
    path.write_text(VERSION_1)
    return path


def run(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("migrate_config", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_comments_order_and_everything_else_stay(file: Path) -> None:
    run(file)
    assert file.read_text() == VERSION_3


def test_the_file_before_is_kept_with_its_mode_and_content(file: Path) -> None:
    file.chmod(0o600)
    run(file)
    backup = file.with_name("loupe.toml.backup")
    assert backup.read_text() == VERSION_1
    assert {stat.S_IMODE(path.stat().st_mode) for path in (file, backup)} == {0o600}
    run(file, "--to", 1)
    assert backup.read_text() == VERSION_1
    assert file.with_name("loupe.toml.backup.2").read_text() == VERSION_3


def test_a_second_run_does_nothing(file: Path) -> None:
    run(file)
    before = sorted(file.parent.iterdir())
    assert run(file) == "Nothing to do.\n"
    assert sorted(file.parent.iterdir()) == before


def test_dry_run_shows_a_masked_diff_and_writes_nothing(file: Path) -> None:
    text = run(file, "--dry-run")
    assert "-access_token_seconds = 120  # agreed" in text
    assert "+access_token_seconds = 120  # agreed" in text
    assert "hidden" not in text
    assert file.read_text() == VERSION_1
    assert list(file.parent.iterdir()) == [file]


def test_check_exits_2_when_something_would_change_else_0(file: Path) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(file, "--check")
    assert exit_.value.code == 2
    assert file.read_text() == VERSION_1
    run(file)
    assert run(file, "--check") == "Nothing to do.\n"


@pytest.mark.parametrize("target", range(FIRST_VERSION, CURRENT_VERSION + 1))
def test_back_and_forth_says_the_same(file: Path, target: int) -> None:
    run(file)
    run(file, "--to", target)
    content = tomllib.loads(file.read_text())
    assert content.pop("schema_version") == target
    expected = migrate(tomllib.loads(VERSION_1), 1, target)
    assert _without_empty(content) == _without_empty(_lists_spelt_alike(expected))
    run(file)
    assert _without_empty(tomllib.loads(file.read_text())) == tomllib.loads(VERSION_3)


def test_going_back_where_it_would_lose_is_refused(file: Path) -> None:
    file.write_text('schema_version = 3\n[security]\nallowed_hosts = ["a,b"]\n')
    with pytest.raises(CommandError, match=r"security\.allowed_hosts.*Nothing was changed"):
        run(file, "--to", 2)
    assert file.read_text() == 'schema_version = 3\n[security]\nallowed_hosts = ["a,b"]\n'


@pytest.mark.parametrize(
    "text",
    [
        "[api]\ndebug = true\n[api]\n",  # not TOML
        "schema_version = 99\n",
        "debug = true\n[api]\ndebug = false\n",  # both names
        "api = { debug = true }\n",  # a layout that is not moved
        "api.debug = true\n",
    ],
)
def test_what_cannot_be_moved_is_left_alone(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(file)
    assert file.read_text() == text
    assert list(file.parent.iterdir()) == [file]


def test_an_error_in_one_file_changes_none(file: Path) -> None:
    other = file.with_name("other.toml")
    other.write_text("not toml")
    with pytest.raises(CommandError):
        run(file, other)
    assert file.read_text() == VERSION_1


@pytest.mark.parametrize(("name", "content"), [("nowhere.toml", None), ("latin.toml", b"# \xe9\n")])
def test_an_unreadable_file_is_an_error_without_a_traceback(file: Path, name: str, content: bytes | None) -> None:
    path = file.with_name(name)
    if content:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=name):
        run(path)


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.with_name("link.toml")
    link.symlink_to(file)
    run(link)
    assert link.is_symlink()
    assert file.read_text() == VERSION_3


def test_multi_line_values_and_text_that_looks_like_keys_move_whole() -> None:
    text = '[api]\ntitle = """\ndebug = 1\n[security]\n"""\ndebug = [\n  true, # ]\n]\n'
    after = migrate_toml(text).after
    assert "debug = [\n  true, # ]\n]\n" in after
    assert tomllib.loads(after)["api"] == {"title": "debug = 1\n[security]\n"}


@given(
    hosts=st.lists(st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True), min_size=1, max_size=4),
    seconds=st.integers(30, 3600),
    debug=st.booleans(),
    comment=st.text(st.characters(categories=["L", "N", "Zs"]), max_size=20),
)
def test_any_such_file_survives_the_way_there_and_back(
    hosts: list[str], seconds: int, debug: bool, comment: str
) -> None:
    text = (
        f"[api]\n# {comment}\naccess_token_seconds = {seconds}\ndebug = {str(debug).lower()} # {comment}\n"
        f'[security]\nallowed_hosts = "{",".join(hosts)}"\n'
    )
    there = migrate_toml(text)
    back = migrate_toml(there.after, 1).after
    content = tomllib.loads(back)
    assert content.pop("schema_version") == 1
    assert _without_empty(content) == tomllib.loads(text)
    assert back.count(f"# {comment}".rstrip()) >= 2


def test_variables_are_renamed_both_ways() -> None:
    text = "# a\nexport LOUPE_API_DEBUG=true # b\nLOUPE_API_ACCESS_TOKEN_SECONDS='60'\nOTHER=LOUPE_API_DEBUG\n"
    after = migrate_variables(text).after
    assert after == (
        "# a\nexport LOUPE_DEBUG=true # b\nLOUPE_AUTHENTICATION_ACCESS_TOKEN_SECONDS='60'\nOTHER=LOUPE_API_DEBUG\n"
    )
    assert not migrate_variables(after).changed
    assert migrate_variables(after, 1).after == text


def test_a_variable_under_both_names_is_refused() -> None:
    with pytest.raises(MigrationError, match="LOUPE_API_DEBUG and LOUPE_DEBUG"):
        migrate_variables("LOUPE_API_DEBUG=1\nLOUPE_DEBUG=0\n")


def test_an_old_key_of_the_version_before_is_read_with_a_warning_that_names_both(load: Load) -> None:
    orchestrator = load({"LOUPE_API_DEBUG": "true"}, toml="schema_version = 3\n[api]\ndebug = false\n")
    assert orchestrator.general_service.debug is True
    texts = [problem.message for problem in orchestrator.report().warnings]
    assert any("loupe.toml:3: api.debug is now debug" in text for text in texts)
    assert any("environment LOUPE_API_DEBUG: LOUPE_API_DEBUG is now LOUPE_DEBUG" in text for text in texts)


def test_whoever_writes_the_new_key_means_that_one(load: Load) -> None:
    orchestrator = load({"LOUPE_API_DEBUG": "true"}, toml="schema_version = 3\ndebug = false\n")
    assert orchestrator.general_service.debug is False


def test_an_older_key_fails_and_names_the_new_one(load: Load) -> None:
    (problem,) = load({"LOUPE_API_ACCESS_TOKEN_SECONDS": "60"}).report().errors
    assert problem.code == "removed_key"
    assert "LOUPE_AUTHENTICATION_ACCESS_TOKEN_SECONDS" in problem.message


def test_a_migrated_file_is_read_without_a_problem(load: Load) -> None:
    orchestrator = load(toml=migrate_toml(VERSION_1).after)
    assert orchestrator.report().problems == ()
    assert orchestrator.security_service.allowed_hosts == ("a.example.com", "b.example.com")
    assert orchestrator.authentication_service.access_token_seconds == 120


def test_the_steps_follow_each_other_and_lead_to_settings_that_exist() -> None:
    assert [step.makes for step in STEPS] == list(range(2, CURRENT_VERSION + 1))
    assert len(STEPS) >= 2
    for replaced in replaced_keys().values():
        assert replaced.new_key in settings()
    assert not {old for step in STEPS for old in step.renames} & set(settings_by_path())


def test_steps_are_pure() -> None:
    content: dict[str, Any] = {"api": {"debug": True}, "security": {"allowed_hosts": "a"}}
    before = repr(content)
    migrate(content, 1, CURRENT_VERSION)
    assert repr(content) == before
    with pytest.raises(WouldLose, match="both set"):
        migrate({"debug": True, "api": {"debug": True}}, 2, 3)


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Every call to the system that touches the folder is a moment; the process kills itself before the nth one."""
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from config.atomic_file import replace_file
        path, moment = Path(sys.argv[1]), int(sys.argv[2])
        seen = 0
        def watch(event, arguments):
            global seen
            if event in ("open", "os.rename", "os.remove", "os.chmod", "os.listdir"):
                seen += 1
                if seen == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
        new = path.with_name("content").read_text()
        sys.addaudithook(watch)
        replace_file(path, new, backup=Path(path.name + ".backup"))
        """
    )
    (tmp_path / "content").write_text(VERSION_3)
    for moment in range(1, 100):
        path = tmp_path / "loupe.toml"
        for left in tmp_path.glob("*loupe.toml*"):
            left.unlink()
        path.write_text(VERSION_1)
        killed = subprocess.run(
            [sys.executable, "-c", program, str(path), str(moment)], cwd=PROJECT_ROOT, check=False
        ).returncode
        assert path.read_text() in (VERSION_1, VERSION_3)
        backup = tmp_path / "loupe.toml.backup"
        if path.read_text() == VERSION_3:
            assert backup.read_text() == VERSION_1
        assert not backup.exists() or backup.read_text() == VERSION_1
        run(path)
        assert path.read_text() == VERSION_3
        if killed == 0:
            break
    assert moment > 6


def _lists_spelt_alike(content: dict[str, Any]) -> dict[str, Any]:
    """Going back joins lists without blanks, and turns every list of these settings into text."""
    hosts = content["security"]
    if isinstance(hosts["allowed_hosts"], str):
        hosts["allowed_hosts"] = hosts["allowed_hosts"].replace(", ", ",")
        hosts["trusted_proxies"] = ",".join(hosts["trusted_proxies"])
    return content


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value != {}}
