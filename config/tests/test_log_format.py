"""What a line of the log may hold."""

from __future__ import annotations

import logging
import sys

import pytest

from config.log_format import formatter


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_tells_where_it_happened_and_no_value_of_a_variable(style: str) -> None:
    password = "correct horse " + "battery"
    try:
        raise ValueError(len(password))
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = formatter(style).format(record)
    assert "test_log_format.py" in line
    assert password not in line
