"""What users of other tools ran into, by the numbers of the design notes' list of cases that no other test tells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.comparison.difference import DifferenceSettings, Metric
from designsystem.engine.comparison.finding import Level, Rule
from designsystem.engine.comparison.verdict import Outcome, Settings, Verdict, judge
from designsystem.engine.geometry import Box
from designsystem.engine.rgba import PicturePair, Rgba

CARET = Box(120, 40, 2, 20)
WORDS = ["orders", "paid", "returned", "customers", "waiting", "overview", "rounded", "settings", "download"]


def page(height: int = 900) -> Rgba:
    image = Image.new("RGBA", (700, height), "#f4f6f8")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    random = np.random.default_rng(7)
    for top in range(20, height - 40, 150):
        draw.rounded_rectangle((30, top, 670, top + 130), 8, fill="#ffffff", outline="#cbd2d9")
        for row in range(4):
            draw.text((50, top + 14 + row * 27), " ".join(random.choice(WORDS, 8)), fill="#1f2933", font=font)
    return np.array(image)


def field(caret: Box | None = None) -> Rgba:
    """A text field, with its caret or between two blinks."""
    image = Image.new("RGBA", (300, 100), "#f4f6f8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 30, 280, 70), fill="#ffffff", outline="#8894a0")
    draw.text((30, 40), "customers", fill="#1f2933", font=ImageFont.load_default(16))
    if caret:
        draw.rectangle((caret.x, caret.y, caret.right - 1, caret.bottom - 1), fill="#000000")
    return np.array(image)


def compared(one: Rgba, other: Rgba, settings: DifferenceSettings) -> Verdict:
    return judge(None, None, PicturePair(one, other), Settings(contrast=None, difference=settings), date(2026, 6, 1))


def changes(verdict: Verdict) -> list[tuple[str, Level]]:
    return [(each.found, each.level) for each in verdict.findings if each.rule is Rule.CHANGED]


def test_21_another_colour_profile_tints_the_page_and_is_one_finding() -> None:
    before = page()
    after = before.copy()
    after[..., :3] = np.clip(before[..., :3] * np.array([0.96, 0.99, 0.93]) + 4, 0, 255)
    verdict = compared(before, after, DifferenceSettings(Metric.EXACT))
    assert changes(verdict) == [("colour", Level.ERROR)]


@pytest.mark.parametrize(("dx", "dy"), [(0, 7), (0, -23), (3, 0), (-5, 12)])
def test_21_a_page_that_moved_is_one_finding_that_says_how_far(dx: int, dy: int) -> None:
    before = page()
    after = np.full_like(before, (244, 246, 248, 255))
    wide, high = before.shape[1] - abs(dx), before.shape[0] - abs(dy)
    to, source = (max(0, dy), max(0, dx)), (max(0, -dy), max(0, -dx))
    after[to[0] : to[0] + high, to[1] : to[1] + wide] = before[
        source[0] : source[0] + high, source[1] : source[1] + wide
    ]
    verdict = compared(before, after, DifferenceSettings(Metric.EXACT))
    (finding,) = (each for each in verdict.findings if each.found == "moved")
    assert f"Moved by {dx}, {dy} px" in finding.message
    assert len(changes(verdict)) == 1


def test_24_a_caret_is_a_change_unless_it_is_forgiven() -> None:
    strict = compared(field(), field(CARET), DifferenceSettings())
    assert strict.outcome is Outcome.FAILED
    for pair in ((field(), field(CARET)), (field(CARET), field())):
        forgiven = compared(*pair, DifferenceSettings(ignore_caret=True))
        assert forgiven.outcome is Outcome.PASSED
        assert changes(forgiven) == [("caret", Level.NOTE)]
        assert forgiven.baseline is not None
        assert (forgiven.baseline.difference.count, forgiven.baseline.difference.excused) == (0, 40)


@pytest.mark.parametrize("bar", [Box(120, 40, 8, 20), Box(120, 45, 2, 6), Box(120, 50, 20, 2)])
def test_24_what_is_no_caret_is_not_forgiven(bar: Box) -> None:
    verdict = compared(field(), field(bar), DifferenceSettings(ignore_caret=True))
    assert verdict.outcome is Outcome.FAILED


def test_24_an_edge_that_is_painted_anew_is_no_caret() -> None:
    before, after = field(), field()
    for picture, colour in ((before, 90), (after, 200)):
        picture[40:60, 200:202, :3] = colour
    assert compared(before, after, DifferenceSettings(ignore_caret=True)).outcome is Outcome.FAILED
