"""Chromium for tests: how it is found and started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

_PATIENCE = 120_000  # milliseconds: a busy machine is slow, which is no failure
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("chromium is missing: no page is opened")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS, timeout=_PATIENCE)
        opened.on("context", lambda context: context.set_default_timeout(_PATIENCE))
        yield opened
        opened.close()
