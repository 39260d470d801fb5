"""Every planted secret is found, no look-alike is, nothing is shown, and a scan that could not look is never clean."""

from __future__ import annotations

import io
import json
import os
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from config.api_key_format import generate_api_key, is_api_key
from config.environments import Environment
from config.orchestrator import replace_orchestrator
from config.secret_scan.corpus import make_corpus
from config.secret_scan.credsweeper_engine import CredSweeperEngine, is_installed
from config.secret_scan.engine import JoinedEngine, RulesEngine
from config.secret_scan.finding import Document
from config.secret_scan.measure import measure
from config.services.model import PROJECT_ROOT
from config.tests.conftest import Load

SECRET = "Tq7" + "vR2mKx9" + "Lw4ZpN8sYd"
LINE = f'API_TOKEN = "{SECRET}"'


def run(*arguments: object) -> tuple[int, str]:
    """Exit code, and standard output and error together. Our rules alone: CredSweeper takes seconds to load."""
    out = io.StringIO()
    try:
        call_command("detect_secrets", *map(str, arguments), engine="rules", stdout=out, stderr=out)
    except SystemExit as exit_:
        return int(str(exit_.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "clean.py").write_text("answer = 42\n")
    git(tmp_path, "add", ".")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(folder: Path, message: str = "m") -> None:
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", message)


@pytest.mark.parametrize("seed", range(5))
def test_precision_and_recall_on_the_regression_set(seed: int) -> None:
    samples = make_corpus(seed)
    assert sum(sample.secret is not None for sample in samples) >= 40
    assert sum(sample.secret is None for sample in samples) >= 60
    measured = measure(RulesEngine(), samples)
    assert measured.recall >= 0.95, measured.missed
    assert measured.precision >= 0.95, measured.wrong


def test_no_report_in_any_form_holds_a_secret(tmp_path: Path) -> None:
    planted = [sample for sample in make_corpus() if sample.secret]
    for number, sample in enumerate(planted):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / sample.name).write_text(sample.text)
    for form in ("text", "json", "sarif"):
        code, text = run(tmp_path, "--format", form, "--baseline", tmp_path / "none.json")
        assert code == 1
        for sample in planted:
            assert sample.secret is not None
            assert sample.secret not in text
            assert sample.secret[4:] not in text


def test_every_occurrence_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{LINE}\n\n{LINE}; {LINE}\n")
    (tmp_path / "b.py").write_text(f"{LINE}\n")
    findings = json.loads(run(tmp_path, "--json")[1])["findings"]
    assert [(Path(each["path"]).name, each["line"]) for each in findings] == [
        *(("a.py", 1), ("a.py", 3), ("a.py", 3), ("b.py", 1))
    ]


@pytest.mark.parametrize(
    ("comment", "found", "note"),
    [
        ("  # allow-secret: made up for the manual", False, ""),
        ("  # allow-secret: made up (until 2030-01-31)", False, ""),
        ("  # allow-secret", True, "no reason"),
        ("  # allow-secret: until 2030-01-31", True, "no reason"),
        ("  # allow-secret: made up, until 2020-01-31", True, "ended on 2020-01-31"),
        ("  # allow-secret: made up, until 2030-02-31", True, "no such date"),
    ],
)
@pytest.mark.parametrize("before", [False, True])
def test_an_allow_comment_needs_a_reason_and_may_end(
    tmp_path: Path, comment: str, found: bool, note: str, before: bool
) -> None:
    (tmp_path / "a.py").write_text(f"{comment.strip()}\n{LINE}\n" if before else f"{LINE}{comment}\n")
    with time_machine.travel(date(2026, 11, 25)):
        code, text = run(tmp_path)
    assert code == int(found)
    assert note in text


def test_a_comment_behind_another_line_allows_only_that_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"x = 1  # allow-secret: reason\n{LINE}\n")
    assert run(tmp_path)[0] == 1


def test_a_baseline_keeps_what_is_known_wherever_its_line_moves(repository: Path) -> None:
    file = repository / "a.py"
    file.write_text(f"{LINE}\n")
    assert run("--repository", repository, "--update-baseline")[0] == 0
    baseline = (repository / ".secrets-baseline.json").read_text()
    assert "line" not in json.loads(baseline)["kept"][0]
    file.write_text(f"import os\n\n\n    {LINE}\n")
    assert run("--repository", repository)[0] == 0
    file.write_text(f"{LINE}\n{LINE}\n")  # one more of the kind is new
    assert run("--repository", repository)[0] == 1
    git(repository, "add", ".")
    assert run("--repository", repository, "--update-baseline")[0] == 0
    assert len(json.loads((repository / ".secrets-baseline.json").read_text())["kept"]) == 1


def test_another_secret_in_the_same_place_is_new(repository: Path) -> None:
    (repository / "a.py").write_text(f"{LINE}\n")
    run("--repository", repository, "--update-baseline")
    codes = []
    for letter in "ABCD":  # each has one chance in 256 to look the same
        (repository / "a.py").write_text(f"{LINE.replace('Tq7', letter + 'q7')}\n")
        codes.append(run("--repository", repository)[0])
    assert codes.count(1) >= 3


def test_a_baseline_holds_too_little_to_try_passwords_against(repository: Path) -> None:
    (repository / "a.yml").write_text("password: winter2024\n")
    run("--repository", repository, "--update-baseline")
    (kept,) = json.loads((repository / ".secrets-baseline.json").read_text())["kept"]
    assert len(kept["check"]) == 2  # 8 bits: one guess in 256 fits, right or wrong


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 9, "nonce": "", "kept": []}', '{"version": 1}'])
def test_a_broken_baseline_is_not_clean(repository: Path, text: str) -> None:
    (repository / ".secrets-baseline.json").write_text(text)
    assert run("--repository", repository)[0] == 2


def test_the_tree_holds_new_files_but_not_ignored_ones(repository: Path) -> None:
    (repository / "new.py").write_text(LINE)
    assert run("--repository", repository)[0] == 1
    (repository / ".gitignore").write_text("new.py\n")
    assert run("--repository", repository)[0] == 0


def test_staged_is_what_the_commit_takes_up_not_what_lies_there(repository: Path) -> None:
    file = repository / "clean.py"
    file.write_text(LINE)
    assert run("--staged", "--repository", repository)[0] == 0
    git(repository, "add", ".")
    file.write_text("answer = 42\n")
    assert run("--staged", "--repository", repository)[0] == 1


def test_a_secret_that_was_taken_out_again_is_in_history_and_range(repository: Path) -> None:
    (repository / "gone.py").write_text(LINE)
    git(repository, "add", ".")
    commit(repository)
    git(repository, "rm", "--quiet", "gone.py")
    commit(repository)
    assert run("--repository", repository)[0] == 0
    code, text = run("--history", "--repository", repository)
    assert code == 1
    assert "gone.py:1" in text
    assert run("--range", "HEAD~2..HEAD", "--repository", repository)[0] == 1
    assert run("--range", "HEAD~1..HEAD", "--repository", repository)[0] == 0


def test_a_secret_in_a_commit_message_is_found(repository: Path) -> None:
    (repository / "more.py").write_text("x = 1\n")
    git(repository, "add", ".")
    commit(repository, f"Use it\n\n{LINE}")
    assert run("--history", "--repository", repository)[0] == 1


def test_the_running_configuration_is_searched_for_secrets_and_the_files_for_its_secrets(
    load: Load, repository: Path
) -> None:
    password = "brown-" + "horse"  # no rule would see it
    (repository / "notes.md").write_text(f"Our password is {password}.\n")
    orchestrator = load({"LOUPE_EMAIL_PASSWORD": password, "LOUPE_EMAIL_USER": "AKIA" + "QYLPMN5HHHFPZAM2"})
    earlier = replace_orchestrator(orchestrator)
    try:
        code, text = run("--configuration", "--repository", repository)
    finally:
        replace_orchestrator(earlier)
    assert code == 1
    assert "notes.md:1" in text
    assert "live-secret-LOUPE_EMAIL_PASSWORD" in text
    assert "LOUPE_EMAIL_USER:1" in text
    assert password not in text


def test_links_pipes_and_binaries_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\0" + LINE.encode())
    code, text = run(tmp_path, "--json")
    assert code == 0
    assert json.loads(text)["skipped"] == {"binary": 1, "link": 2, "special": 1, "too_large": []}


def test_a_file_that_is_too_large_is_never_clean(tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("x" * 2000)
    code, text = run(tmp_path, "--max-bytes", "1000")
    assert code == 2
    assert "large.txt" in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.py").write_text(f"# ä\r\n{LINE}\r\n", encoding=encoding)
    assert run(tmp_path)[0] == 1


def test_a_name_that_is_no_text_is_shown_harmlessly(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff\x1b[2J.py")).write_text(LINE)
    for form in ("text", "json", "sarif"):
        code, text = run(tmp_path, "--format", form)
        assert code == 1
        assert "\x1b" not in text


def test_the_time_grows_with_the_length_of_a_line_and_no_faster() -> None:
    hostile = [
        *(f'password = "{letters * 40}!"\n' * 50 for letters in ("abc", "ABC", "aB", "a-", "Ab ", "a1", "a.", "a:b1-")),
        *("name: password\n value: " * 5_000, "<password>" * 20_000, "curl -u " * 20_000, "mysql " * 20_000),
        "password=" * 40_000,
        "a" * 400_000,
        "token: " + "." * 400_000,
        "://" * 100_000,
        "key'" * 100_000,
    ]
    for text in hostile:
        started = time.process_time()
        RulesEngine().scan(Document("a.env", text))
        assert time.process_time() - started < 60  # a regular expression that explodes never ends


def test_a_secret_at_any_place_of_a_long_line_is_found() -> None:
    for offset in range(0, 10_000, 997):
        text = "x" * offset + f" {LINE} " + "y" * 5000
        assert [each.secret for each in RulesEngine().scan(Document("a.min.js", text))] == [SECRET]


@pytest.mark.parametrize("arguments", [["nowhere.py"], ["--history", "--repository", "/"], ["--range=--output=x"]])
def test_what_cannot_be_looked_at_exits_2(arguments: list[str]) -> None:
    code, text = run(*arguments)
    assert code == 2
    assert "could not look" in text


def test_an_unknown_commit_exits_2(repository: Path) -> None:
    assert run("--range", "nothing..HEAD", "--repository", repository)[0] == 2


def test_a_crash_exits_2_and_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: RulesEngine, document: Document) -> None:
        raise RuntimeError(document.text)

    monkeypatch.setattr(RulesEngine, "scan", crash)
    (tmp_path / "a.py").write_text(LINE)
    code, text = run(tmp_path)
    assert code == 2
    assert SECRET not in text


def test_sarif_has_what_readers_ask_for_and_fingerprints_that_stay(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{LINE}\n")
    first = json.loads(run(tmp_path, "--format", "sarif")[1])
    (tmp_path / "a.py").write_text(f"\n\n{LINE}\n")
    second = json.loads(run(tmp_path, "--format", "sarif")[1])
    assert first["version"] == "2.1.0"
    (one,), (other,) = first["runs"][0]["results"], second["runs"][0]["results"]
    assert one["partialFingerprints"] == other["partialFingerprints"]
    assert other["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert first["runs"][0]["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]


def test_our_api_keys_are_known_by_their_checksum() -> None:
    for environment in Environment:
        key = generate_api_key(environment)
        assert is_api_key(key)
        wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
        assert not is_api_key(wrong)
        (found,) = RulesEngine().scan(Document("a.txt", f"use {key} here"))
        assert (found.rule, found.secret) == ("loupe-api-key", key)


def test_credsweeper_adds_to_our_rules() -> None:
    if not is_installed():
        pytest.skip("credsweeper is missing: pip install credsweeper")
    samples = make_corpus()[::9]
    joined = measure(JoinedEngine((RulesEngine(), CredSweeperEngine())), samples)
    assert joined.recall == 1
    assert joined.engine == "rules+credsweeper"


@pytest.mark.parametrize("installed", [True, False])
def test_auto_takes_credsweeper_where_it_is_and_says_what_ran(
    tmp_path: Path, installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_installed():
        pytest.skip("credsweeper is missing: pip install credsweeper")
    monkeypatch.setattr("config.management.commands.detect_secrets.is_installed", lambda: installed)
    out = io.StringIO()
    call_command("detect_secrets", str(tmp_path), stdout=out)
    assert f" by {'rules+credsweeper' if installed else 'rules'};" in out.getvalue()


def test_the_history_of_this_project_is_clean() -> None:
    if not (PROJECT_ROOT / ".git").exists():
        pytest.skip("the git history is missing: this is an unpacked archive")
    code, text = run("--history")
    assert code == 0, text
    code, text = run()
    assert code == 0, text
