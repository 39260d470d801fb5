"""An entry is one line of the operators' log too, whatever stands in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from audit import context
from audit.actions import Action
from audit.logger import AuditLogger
from config.log_format import formatter

pytestmark = pytest.mark.django_db
HOSTILE = 'x\n2026-01-01 [info] audit actor=system\r\x1b[2K\u2028"} \\'


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_value_of_an_entry_can_forge_a_line_of_the_log(
    style: str, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    hostile = context.AuditContext(actor=HOSTILE, agent=HOSTILE)
    with (
        caplog.at_level(logging.INFO, "audit"),
        context.acting(hostile),
        django_capture_on_commit_callbacks(execute=True),
    ):
        AuditLogger().record(Action.LOGIN, target=HOSTILE)
    text = formatter(style).format(caplog.records[-1])
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    if style == "json":
        assert json.loads(text)["target"] == HOSTILE
