"""Contrast in the report agrees with WCAG, and the pairs are those of the interface."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from designsystem.engine.report.contrast import (
    Grade,
    contrast_pairs,
    grade,
    largest_ground,
    ratio,
    readable_ground,
)
from designsystem.engine.values import Colour, Typography
from designsystem.tests.engine import sample_interface as sample

colours = st.builds(Colour, *[st.integers(0, 255)] * 3)
BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


@given(colours, colours)
def test_the_ratio_is_coloraides_and_never_rounded_up(one: Colour, other: Colour) -> None:
    expected = Color(one.hex).contrast(Color(other.hex), method="wcag21")
    # WCAG's luminance has four decimals, coloraide's all: that is the slack on both ends
    assert -0.003 < expected - ratio(one, other) < 0.013


def test_a_translucent_text_is_judged_as_it_is_painted() -> None:
    assert ratio(Colour(0, 0, 0, 0.5), WHITE) == ratio(Colour(128, 128, 128), WHITE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (21.0, Grade.AAA),
        (7.0, Grade.AAA),
        (6.99, Grade.AA),
        (4.5, Grade.AA),
        (4.49, Grade.AA_LARGE),
        (2.99, Grade.FAIL),
    ],
)
def test_grades_change_at_the_limits_of_wcag(value: float, expected: Grade) -> None:
    assert grade(value) is expected


def test_pairs_are_what_the_picture_shows_then_what_the_roles_promise() -> None:
    pairs = [(pair.text.path[-1], pair.ground.path[-1], pair.seen) for pair in contrast_pairs(sample.token_set())]
    assert ("muted", "white", True) in pairs
    assert ("muted", "page", False) in pairs
    assert ("white", "blue", True) in pairs
    assert [seen for _, _, seen in pairs] == sorted((seen for _, _, seen in pairs), reverse=True)
    assert len({(text, ground) for text, ground, _ in pairs}) == len(pairs)


def test_text_is_paired_with_the_ground_of_its_own_places_only() -> None:
    """The label style has places in white alone: its ink colour elsewhere says nothing about the blue button."""
    shared = [
        replace(token, value=replace(token.value, colour=sample.INK)) if isinstance(token.value, Typography) else token
        for token in sample.token_set()
    ]
    pairs = contrast_pairs(replace(sample.token_set(), tokens=tuple(shared)))
    assert ("ink", "blue") not in {(pair.text.path[-1], pair.ground.path[-1]) for pair in pairs}
    assert ("white", "blue") in {(pair.text.path[-1], pair.ground.path[-1]) for pair in pairs if pair.seen}


def test_a_border_is_no_ground_for_text() -> None:
    assert "line" not in {pair.ground.path[-1] for pair in contrast_pairs(sample.token_set())}


def test_the_largest_colour_is_the_ground_of_drawings() -> None:
    assert largest_ground(sample.token_set()) == sample.PAGE
    assert largest_ground(replace(sample.token_set(), tokens=())) == WHITE


def test_light_text_is_drawn_on_a_dark_ground_of_the_picture() -> None:
    assert readable_ground(WHITE, sample.token_set()) == sample.INK
    assert readable_ground(WHITE, replace(sample.token_set(), tokens=())) == BLACK
