"""The README's tour with curl, pasted: each step answers what the README promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """`first_look --serve` on a database of its own: its address, and the password that it prints."""
    scratch = {
        "LOUPE_DATABASE_SQLITE_PATH": str(folder / "loupe.sqlite3"),
        "LOUPE_STORAGE_DATA_DIR": str(folder / "data"),
        "LOUPE_AUDIT_DIRECTORY": str(folder / "audit"),
        "LOUPE_LOGGING_LEVEL": "WARNING",
    }
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "manage.py", "first_look", "--serve", "--output-dir", str(folder / "out")]
    with subprocess.Popen(
        command, cwd=ROOT, env={**kept, **scratch}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        printed = ""
        try:
            while "Sign in as" not in printed:
                assert server.stdout is not None
                line = server.stdout.readline()
                assert line, f"the server ended: {printed}"
                printed += line
            address = re.search(r"Loupe is at (\S+)", printed)
            password = re.search(r"Sign in as \S+ with (\S+)", printed)
            assert address, printed
            assert password, printed
            yield address[1], password[1]
        finally:
            server.send_signal(signal.SIGINT)


def test_the_tour_works_when_pasted(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is missing: the README's tour was not tried")
    tour = re.search(r"```sh\nLOUPE=[^\n]*\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert tour, "the README has no tour"
    for shown in ("docs", "README.md"):
        (tmp_path / shown).symlink_to(ROOT / shown)

    with serving(tmp_path) as (address, password):
        given = {"LOUPE": address, "PASSWORD": password}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", tour[1].replace(" | head -20", "")],
            cwd=tmp_path,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert "--color-palette-blue-600: #2456c9;" in done.stdout
    assert '"code":"picture_unsupported_type"' in done.stdout
    assert (tmp_path / "overlay.png").read_bytes().startswith(b"\x89PNG")
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["outcome"] == "failed"
    for report in ("report.html", "verdict.html"):
        assert "<html" in (tmp_path / report).read_text()
