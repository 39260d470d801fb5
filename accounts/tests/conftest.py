"""What the tests of accounts share."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator

import pytest

from config.orchestrator import replace_orchestrator

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Set variables of the configuration for one test: `configure(LOUPE_X="1")`."""

    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        replace_orchestrator(None)

    yield set_variables
    monkeypatch.undo()
    replace_orchestrator(None)


@pytest.fixture
def make_key() -> Callable[[str], str]:
    """A new key of a ring: `make_key("a")` gives "a:base64"."""
    return lambda key_id: f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"
