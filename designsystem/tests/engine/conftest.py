"""The tools of the node world that read our exports and reports, installed once and kept under build/."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_SOURCES = Path(__file__).parents[1] / "node"
_BUILD = Path(__file__).parents[3] / "build"
_INSTALL_SECONDS = 300
_RUN_SECONDS = 300

Run = Callable[..., str]


@pytest.fixture(scope="session")
def node_tools() -> Path:
    """A folder with the packages of tests/node and its scripts; skips where they cannot be had."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: no node tool can read what we write")
    wanted = hashlib.sha256((_SOURCES / "package.json").read_bytes()).hexdigest()
    place = _BUILD / "node"
    place.mkdir(parents=True, exist_ok=True)
    with (_BUILD / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a parallel run share one installation
        stamp = place / "installed"
        for source in _SOURCES.iterdir():
            shutil.copy2(source, place)
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(place)
            stamp.write_text(wanted)
    return place


@pytest.fixture
def run_node(node_tools: Path) -> Run:
    """Runs node with arguments in the folder of the tools and returns what it printed; warnings count as errors."""

    def run(*arguments: str | Path, **variables: str) -> str:
        done = subprocess.run(
            ["node", *map(str, arguments)],
            cwd=node_tools,
            env={"PATH": os.environ["PATH"], "NO_COLOR": "1", **variables},
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr or done.stdout
        assert done.stderr == ""
        return done.stdout

    return run


def _install(place: Path) -> None:
    shutil.rmtree(place / "node_modules", ignore_errors=True)
    try:
        done = subprocess.run(
            ["npm", "install", "--no-progress"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the packages of tests/node could not be installed in time")
    if done.returncode:
        pytest.skip(f"the packages of tests/node are missing: {done.stderr.strip().splitlines()[-1:]}")
