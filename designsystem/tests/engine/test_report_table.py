"""The table in the terminal: every token on a line, and no control character of a name reaches it."""

from __future__ import annotations

from dataclasses import replace

from designsystem.engine.report.table import render_table
from designsystem.tests.engine import sample_interface as sample


def test_every_token_has_a_line() -> None:
    lines = render_table(sample.token_set()).splitlines()
    for token in sample.token_set():
        assert [line for line in lines if line.split() and line.split()[0] == ".".join(token.path)]


def test_a_line_tells_value_confidence_places_and_method() -> None:
    table = " ".join(render_table(sample.token_set()).split())
    assert "color.palette.ink #16202e 97 % 3 box-fill" in table
    assert "color.role.text #16202e = palette.ink" in table
    assert "typography.heading 24px/1.25 700 sans-serif #16202e 74 % 2 x-height" in table
    assert "radius.full 9999px 88 % 1 corner-coverage" in table


def test_swatches_are_painted_only_when_asked_for() -> None:
    assert "\x1b" not in render_table(sample.token_set())
    assert "\x1b[48;2;22;32;46m" in render_table(sample.token_set(), swatches=True)


def test_control_characters_are_shown_as_question_marks() -> None:
    noted = replace(sample.token_set(), notes=("a\x1b[2J\u202eb\n",))
    assert "note: a?[2J?b?" in render_table(noted)


def test_a_picture_without_tokens_is_described_all_the_same() -> None:
    empty = replace(sample.token_set(), tokens=(), spacing_base=None)
    assert render_table(empty).startswith("960 x 600 px at pixel ratio 1 (found, 92 % sure), 0 tokens\n")
