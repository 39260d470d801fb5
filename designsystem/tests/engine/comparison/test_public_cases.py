"""What users of other tools ran into, by the numbers of the design notes' list of cases that no other test tells."""

from __future__ import annotations

from dataclasses import replace
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


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("shown", [(0, 0, 0), (255, 255, 255), (128, 128, 128)])
def test_2_what_becomes_transparent_has_changed_by_every_metric(metric: Metric, shown: tuple[int, int, int]) -> None:
    opaque = np.full((40, 60, 4), (*shown, 255), np.uint8)
    for hidden in ((*shown, 0), (0, 0, 0, 0), (*shown, 96)):
        verdict = compared(opaque, np.full_like(opaque, hidden), DifferenceSettings(metric))
        assert verdict.baseline is not None
        assert verdict.baseline.difference.count == opaque.shape[0] * opaque.shape[1]


def ring(shift: float) -> Rgba:
    """A ring, 3 px wide, drawn with anti-aliasing; `shift` px to the right."""
    fine = 16
    image = Image.new("L", (60 * fine, 60 * fine), 255)
    middle, radius = 30 * fine + round(shift * fine), 20 * fine
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    ImageDraw.Draw(image).ellipse(box, outline=30, width=3 * fine)
    return np.array(image.resize((60, 60), Image.Resampling.BOX).convert("RGBA"))


@pytest.mark.parametrize(("metric", "tolerance"), [(Metric.PIXELMATCH, 0.1), (Metric.CIEDE2000, 2.3)])
def test_4_a_ring_that_is_rendered_anew_passes_and_what_was_excused_is_told(metric: Metric, tolerance: float) -> None:
    forgiving = compared(ring(0), ring(0.25), DifferenceSettings(metric, tolerance))
    assert forgiving.outcome is Outcome.PASSED
    assert forgiving.baseline is not None
    excused = forgiving.baseline.difference.excused
    assert excused > 100
    strict = compared(ring(0), ring(0.25), DifferenceSettings(metric, tolerance, ignore_antialiasing=False))
    assert strict.outcome is Outcome.FAILED
    assert strict.baseline is not None
    assert (strict.baseline.difference.count, strict.baseline.difference.excused) == (excused, 0)


def test_16_what_stays_below_the_tolerance_is_told_with_its_largest_delta() -> None:
    before, after = page(), page()
    after[20:60, 400:600, :3] -= 12
    verdict = compared(before, after, DifferenceSettings(pixel_tolerance=0.2))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.baseline is not None
    assert verdict.baseline.difference.below == 40 * 200
    assert 0.03 < verdict.baseline.difference.largest_delta < 0.2


def test_19_a_real_change_is_not_lost_in_a_long_page() -> None:
    before, after = page(6000), page(6000)
    after[3000:3016, 300:316, :3] = 0
    lenient = DifferenceSettings(allowed_share=0.01)
    assert compared(before, after, lenient).outcome is Outcome.PASSED
    gated = compared(before, after, replace(lenient, allowed_density=0.1))
    assert gated.outcome is Outcome.FAILED
    (finding,) = (each for each in gated.findings if each.rule is Rule.TOO_DENSE)
    assert any(box.intersection(Box(300, 3000, 16, 16)) for box in finding.boxes)


def test_23_pixels_that_are_one_level_off_pass_unless_exactness_is_asked_for() -> None:
    before, after = page(), page()
    for place in np.random.default_rng(3).integers(0, 700, (30, 2)):
        after[*place, :3] ^= 1
    forgiving = compared(before, after, DifferenceSettings())
    assert forgiving.outcome is Outcome.PASSED
    strict = compared(before, after, DifferenceSettings(Metric.EXACT))
    assert strict.outcome is Outcome.FAILED
    assert forgiving.baseline is not None
    assert strict.baseline is not None
    assert forgiving.baseline.difference.below == strict.baseline.difference.count > 20


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
