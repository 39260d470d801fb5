"""The rules of the house that no other tool keeps."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "audit", "accounts", "designsystem", "adminpanel")
LONGEST, LONGEST_TEST = 320, 400
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "base", "shared", "tools"}
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")


@cache
def modules() -> tuple[Path, ...]:
    return tuple(
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and path.read_text().strip()
    )


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_every_module_says_why_it_exists() -> None:
    assert named([path for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]) == []


def test_no_module_outgrows_its_subject() -> None:
    def allowed(path: Path) -> int:
        return LONGEST_TEST if "tests" in path.parts else LONGEST

    assert named([path for path in modules() if len(path.read_text().splitlines()) > allowed(path)]) == []


def test_every_name_says_something() -> None:
    assert named([path for path in modules() if SAYS_NOTHING & {path.stem, *path.relative_to(ROOT).parts}]) == []


def test_nothing_is_left_unfinished() -> None:
    assert named([path for path in modules() if UNFINISHED.search(path.read_text())]) == []


@pytest.mark.parametrize("layer", ["services", "providers"])
def test_services_know_no_http(layer: str) -> None:
    ours = [path for path in modules() if layer in path.relative_to(ROOT).parts[1:2] and path.parts[-3] != "config"]
    assert named([path for path in ours if {"django.http", "rest_framework"} & imports(path)]) == []


def test_no_app_reads_the_settings_or_the_environment() -> None:
    readers = [
        path
        for path in modules()
        if "tests" not in path.parts and {"django.conf.settings", "os.environ", "config.settings"} & imports(path)
    ]
    # a foreign key names the user model the way Django asks for
    allowed = {"django.conf.settings": "AUTH_USER_MODEL"}
    assert [name for name in named(readers) if allowed["django.conf.settings"] not in (ROOT / name).read_text()] == []


def test_no_signals_of_our_own() -> None:
    assert named([path for path in modules() if any("signals" in name for name in imports(path))]) == []


def test_what_is_committed_names_no_machine_and_no_registry() -> None:
    committed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if committed.returncode:
        pytest.skip("not a git checkout: what is committed cannot be told")
    locks = [name for name in committed.stdout.splitlines() if Path(name).name in {"uv.lock", "package-lock.json"}]
    assert locks == []
    for name in ("requirements.txt", "requirements-image.txt", "requirements-dev.txt", "requirements-secrets.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
