"""A vision model that answers by a script, and alice, who agreed to ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.testing.consents import agree
from config.testing import configured
from designsystem import dispatch
from designsystem.tests.providers.messages_server import Script, messages_server
from designsystem.tests.services.test_naming import GOOD, settings


@pytest.fixture
def script(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """The model's answers; the application is configured to ask it, and tasks are run by hand."""
    agree(alice)
    monkeypatch.setattr(dispatch, "send", lambda name, key: None)
    with messages_server() as (address, script), configured(vision_service=settings(address)):
        script.text = GOOD
        yield script
