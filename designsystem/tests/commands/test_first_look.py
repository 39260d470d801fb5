"""The main job from end to end, as `scripts/run` does it, on a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    scratch = {
        "LOUPE_DATABASE_SQLITE_PATH": str(tmp_path / "loupe.sqlite3"),
        "LOUPE_STORAGE_DATA_DIR": str(tmp_path / "data"),
        "LOUPE_AUDIT_DIRECTORY": str(tmp_path / "audit"),
        "LOUPE_LOGGING_LEVEL": "WARNING",
    }
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "manage.py", "first_look", "--output-dir", str(tmp_path / "out"), *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **scratch, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_stranger_sees_tokens_gets_both_files_and_a_bad_picture_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a picture")
    done = run(tmp_path, "docs/sample/invoices.png", str(bad))
    assert done.returncode == 1, done.stderr
    assert f"{bad}: " in done.stderr
    assert "#2456c9" in done.stdout
    document = json.loads((tmp_path / "out" / "invoices.tokens.json").read_text())
    assert "color" in document
    assert "<html" in (tmp_path / "out" / "invoices.report.html").read_text()
    assert "Traceback" not in done.stderr


def test_a_missing_picture_is_named_before_anything_starts(tmp_path: Path) -> None:
    done = run(tmp_path, str(tmp_path / "nothing.png"))
    assert done.returncode == 1
    assert "no such picture" in done.stderr
    assert not (tmp_path / "loupe.sqlite3").exists()
