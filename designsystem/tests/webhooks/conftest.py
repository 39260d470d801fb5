"""A receiver on this machine for every test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.testing import configured
from designsystem.tests.webhooks.receiver import Receiver, receiver


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A receiver that the configuration allows."""
    with receiver() as state, configured(webhooks_service=state.settings()):
        yield state
