"""Importing the engine loads nothing that costs more than the engine itself."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_engine_leaves_heavy_packages_alone() -> None:
    """Named packages and not seconds: a machine may be slow, but scipy alone doubles what the import takes."""
    script = "import sys, designsystem.engine.extract; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert {"scipy", "django", "coloraide", "skimage", "anthropic", "pydantic"}.isdisjoint(loaded)
