"""The same interface gives the same document: byte for byte, and nearly so when the picture is taken a little else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import extract
from designsystem.engine.tokens.drift import drift

_PROJECT = Path(__file__).parents[3]
_PAGES = _PROJECT.parent / "shared" / "corpus" / "pages"
_SHIFTED = 0.12  # of the tokens may change when every edge and letter falls on another pixel


@pytest.fixture(params=["bootstrap-light", "pico-dark", "uswds"])
def page(request: pytest.FixtureRequest) -> Path:
    file = _PAGES / f"{request.param}.png"
    if not file.exists():
        pytest.skip("the corpus is missing: no real page to take twice")
    return file


def test_another_process_writes_the_same_bytes(page: Path) -> None:
    """Another order of sets and dictionaries too, which Python seeds anew for each process."""
    script = (
        "import hashlib, sys; from pathlib import Path\n"
        "from designsystem.engine.exporters import dtcg; from designsystem.engine.extract import extract\n"
        "document = dtcg.export(extract(Path(sys.argv[1]), pixel_ratio=1).token_set)\n"
        "print(hashlib.sha256(document.encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(page)],
        cwd=_PROJECT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    document = dtcg.export(extract(page, pixel_ratio=1).token_set)
    assert done.stdout.strip() == hashlib.sha256(document.encode()).hexdigest()


def test_a_shift_of_one_pixel_changes_little(page: Path) -> None:
    picture = Image.open(page).convert("RGB")
    shifted = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    shifted.paste(picture, (1, 1))
    buffer = BytesIO()
    shifted.save(buffer, "PNG")
    before = extract(page, pixel_ratio=1).token_set
    changes = drift(before, extract(buffer.getvalue(), pixel_ratio=1).token_set)
    assert len(changes) <= _SHIFTED * len(before.tokens)
