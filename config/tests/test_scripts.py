"""The scripts of a fresh machine: what was typed after one reaches its command, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_the_first_start_installs_the_pins_and_hands_its_arguments_to_the_command(tmp_path: Path) -> None:
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text("one==1\n")
    called = tmp_path / "called"
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\necho "$@" >> "{called}"\n')
    interpreter.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if key != "VENV"}

    subprocess.run([tmp_path / "scripts" / "run", "--serve"], env=environment, check=True)

    installed, started = called.read_text().splitlines()
    assert installed.endswith("--require-hashes --requirement requirements.txt")
    assert started == "manage.py first_look --serve"
