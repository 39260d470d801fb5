"""The embedded profile as its users meet it: one command serves, and what waits is judged beside the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from config.services.model import PROJECT_ROOT
from designsystem.engine.exporters.dtcg import export
from designsystem.engine.extract import extract
from designsystem.tests import pictures

PERSON = {
    "username": "alice",
    "email": "alice@example.org",
    "password": "correct horse battery staple",
}  # allow-secret: made up
PATIENCE = 60  # seconds


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Of a first start without servers: rows, pictures and keys in a folder of their own, and one confirmed account."""
    found = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    found |= {
        "LOUPE_DATABASE_SQLITE_PATH": str(tmp_path / "loupe.sqlite3"),
        "LOUPE_STORAGE_DATA_DIR": str(tmp_path / "data"),
        "BENCH_USERS": json.dumps([PERSON]),
    }
    for command in (["manage.py", "migrate", "-v0"], ["-m", "accounts.testing.bench_users"]):
        subprocess.run([sys.executable, *command], cwd=PROJECT_ROOT, env=found, check=True)
    return found


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a server."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        return self._answer(urllib.request.Request(f"{self.address}{path}", headers=self.headers))

    def post(self, path: str, body: bytes, content_type: str) -> Any:
        headers = {**self.headers, "Content-Type": content_type}
        return self._answer(urllib.request.Request(f"{self.address}{path}", body, headers))

    def _answer(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)


@contextmanager
def served(environ: dict[str, str]) -> Iterator[Visitor]:
    """A visitor of `manage.py serve`, who is signed in."""
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environ, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            person = {"identifier": PERSON["email"], "password": PERSON["password"]}
            access = Visitor(address).post("/api/auth/login", json.dumps(person).encode(), "application/json")["access"]
            yield Visitor(address, {"Authorization": f"Bearer {access}"})
        finally:
            server.terminate()


def test_a_validation_that_was_asked_for_later_is_judged_by_the_thread_beside_the_server(
    environ: dict[str, str],
) -> None:
    tokens = export(extract(pictures.page(), pixel_ratio=1.0).token_set)
    picture = SimpleUploadedFile("settings.png", pictures.page(accent="#c92a2a"), "image/png")
    form = encode_multipart(BOUNDARY, {"async": "true", "pixel_ratio": 1, "tokens": tokens, "picture": picture})
    with served(environ) as alice:
        asked = alice.post("/api/design-system/validate", form, MULTIPART_CONTENT)
        assert asked["outcome"] is None
        ended = _ended(alice, f"/api/design-system/validations/{asked['id']}")
    assert (ended["state"], ended["outcome"], ended["error"]) == ("done", "failed", None)
    failing = [each for each in ended["result"]["findings"] if each["fails"]]
    assert [(each["rule"], each["found"]) for each in failing] == [("color-off-palette", "#c92a2a")]


def _ended(visitor: Visitor, path: str) -> Any:
    """The validation when it waits and runs no more."""
    end = time.monotonic() + PATIENCE
    while (found := visitor.get(path))["state"] in ("queued", "running"):
        assert time.monotonic() < end, found
        time.sleep(0.2)
    return found
