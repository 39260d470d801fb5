"""Chromium beside Django: playwright runs a loop in the thread of the tests, which Django takes for asynchronous."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser

from designsystem.tests.engine.browsers import chromium


def chromium_beside_django() -> Iterator[Browser]:
    """For fixtures; the connections that this thread made beside the loop are closed, as nobody else would do it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        for opened in chromium():
            yield opened
            connections.close_all()
