"""Contrast: WCAG 2.2 to the letter, nothing rounded up, and what pixels cannot prove is left to a person."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.benchmarks.judgement import contrast_places
from designsystem.engine.colour_space import as_rgb, contrast_ratio
from designsystem.engine.comparison.apca import lightness_contrast
from designsystem.engine.comparison.contrast import (
    Contrast,
    ContrastSettings,
    WcagLevel,
    contrast,
    floored,
    passing_pair,
    required,
)
from designsystem.engine.comparison.finding import Level, Rule
from designsystem.engine.comparison.scales import Palette
from designsystem.engine.extract import extract
from designsystem.engine.raster import Raster
from designsystem.engine.scene_building import build_scene
from designsystem.engine.tokens.token_set import Source, Token, TokenSet
from designsystem.engine.values import Colour

CORPUS = Path(__file__).parents[4] / ".." / "shared" / "corpus" / "pages"
WHITE = Colour(255, 255, 255)
SOURCE = Source("0" * 64, "image/png", 100, 100, 1.0, pixel_ratio_given=True, pixel_ratio_confidence=1.0)


def ratio(text: str, ground: Colour = WHITE) -> float:
    return float(contrast_ratio(as_rgb([Colour.from_hex(text)]), as_rgb([ground]))[0])


def page(ink: str, size: float = 16, ground: Image.Image | None = None, ratio: float = 1.0) -> Contrast:
    """Three lines of text on `ground` (white), judged."""
    image = ground or Image.new("RGB", (480, 200), "#ffffff")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for line in range(3):
        draw.text((24, 24 + line * size * 1.8), "Monthly overview of orders", fill=ink, font=font)
    raster = Raster(np.array(image), "image/png", "0" * 64)
    return contrast(build_scene(raster, ratio))


@pytest.mark.parametrize(
    ("text", "value", "passes"),
    [("#777777", 4.47, False), ("#767676", 4.54, True), ("#0078d7", 4.49, False), ("#595959", 7.00, True)],
)
def test_a_ratio_is_cut_and_never_rounded_up(text: str, value: float, passes: bool) -> None:
    assert floored(ratio(text)) == value
    assert (ratio(text) >= required(ContrastSettings(), large=False)) is passes


@pytest.mark.parametrize(
    ("level", "large", "limit"),
    [(WcagLevel.AA, False, 4.5), (WcagLevel.AA, True, 3), (WcagLevel.AAA, False, 7), (WcagLevel.AAA, True, 4.5)],
)
def test_the_limits_are_those_of_1_4_3_and_1_4_6(level: WcagLevel, large: bool, limit: float) -> None:
    assert required(ContrastSettings(level), large=large) == limit


def test_the_ends_of_the_scale() -> None:
    assert ratio("#000000") == pytest.approx(21)
    assert ratio("#ffffff") == 1
    assert floored(ratio("#959595")) == 2.99
    assert floored(ratio("#949494")) == 3.03


@pytest.mark.parametrize(("ink", "fails"), [("#777777", True), ("#767676", False)])
def test_text_on_a_plain_ground_is_judged_by_its_exact_colours(ink: str, fails: bool) -> None:
    result = page(ink, size=20)
    assert result.pairs[0].text == f"{ink} on #ffffff"
    assert [(each.rule, each.level) for each in result.findings] == [(Rule.CONTRAST_MINIMUM, Level.ERROR)] * fails
    if fails:
        assert result.findings[0].measured == 4.47
        assert result.findings[0].required == 4.5
        assert "4.47:1" in result.findings[0].message


def test_large_text_is_counted_in_css_pixels() -> None:
    assert page("#888888", size=40).findings == ()
    small_at_two = page("#888888", size=40, ratio=2.0).findings
    assert [each.required for each in small_at_two] == [4.5]


def test_over_a_gradient_the_worst_place_counts() -> None:
    shades = np.linspace(255, 200, 480).round().astype(np.uint8)
    ground = Image.fromarray(np.repeat(np.repeat(shades[None, :, None], 200, 0), 3, 2))
    result = page("#606060", size=30, ground=ground, ratio=2.0)
    worst = result.findings[0]
    assert worst.measured is not None
    assert worst.measured == floored(result.pairs[0].ratio)
    darkest_under_text = ratio("#606060", Colour(*(int(shades[max(box.right for box in worst.boxes)]),) * 3))
    assert darkest_under_text - 0.2 <= worst.measured < 4.5 < result.pairs[-1].ratio


def test_keys_in_a_sentence_are_not_the_ground_of_its_letters() -> None:
    image = Image.new("RGB", (480, 120), "#ffffff")
    draw, font, small = ImageDraw.Draw(image), ImageFont.load_default(16), ImageFont.load_default(12)
    at = 24.0
    for part in ("for details, or press ", "[Ctrl]", " + ", "[E]", " at once"):
        key = part.strip("[]")
        if key == part:
            draw.text((at, 60), part, fill="#363636", font=font, anchor="ls")
            at += font.getlength(part)
        else:
            width = small.getlength(key) + 12
            draw.rounded_rectangle((at, 44, at + width, 64), radius=3, fill="#efefef", outline="#d8d8d8")
            draw.text((at + 6, 60), key, fill="#363636", font=small, anchor="ls")
            at += width
    result = contrast(build_scene(Raster(np.array(image), "image/png", "0" * 64), 1.0))
    assert result.pairs
    assert not any(pair.uneven for pair in result.pairs)
    assert all(pair.ratio == pair.best for pair in result.pairs)


def test_pictures_in_which_no_text_can_be_judged_are_named() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (200, 480, 3), dtype=np.uint8)
    noise[:, :200] = 255
    result = page("#111111", size=16, ground=Image.fromarray(noise))
    assert any(box.x >= 180 for box in result.unread)


def test_the_nearest_pair_of_tokens_that_passes_is_named() -> None:
    greys = {"mid": "#777777", "dark": "#595959", "ink": "#111111", "white": "#ffffff"}
    tokens = TokenSet(tuple(Token(("color", name), Colour.from_hex(value)) for name, value in greys.items()), SOURCE)
    palette = Palette.of(tokens)
    answer = passing_pair(Colour.from_hex("#777777"), WHITE, palette, 4.5)
    assert answer is not None
    assert answer.tokens == ("color.dark", "color.white")
    assert answer.value == "#595959 on #ffffff, 7.00:1"
    assert passing_pair(Colour.from_hex("#777777"), WHITE, palette, 20) is None


@pytest.mark.parametrize(
    ("text", "ground", "lc"),
    [
        ("#888888", "#ffffff", 63.056469930209424),
        ("#ffffff", "#888888", -68.54146436644962),
        ("#000000", "#aaaaaa", 58.146262578561334),
        ("#aaaaaa", "#000000", -56.24113336839742),
        ("#112233", "#ddeeff", 91.66830811481631),
        ("#ddeeff", "#112233", -93.06770049484275),
    ],
)
def test_apca_is_the_published_formula(text: str, ground: str, lc: float) -> None:
    assert lightness_contrast(Colour.from_hex(text), Colour.from_hex(ground)) == pytest.approx(lc, abs=1e-9)


def test_apca_is_told_only_when_asked_for_and_decides_nothing() -> None:
    image = Image.new("RGB", (480, 200), "#ffffff")
    ImageDraw.Draw(image).text((24, 24), "Monthly overview", fill="#777777", font=ImageFont.load_default(20))
    scene = build_scene(Raster(np.array(image), "image/png", "0" * 64), 1.0)
    without, with_it = contrast(scene), contrast(scene, settings=ContrastSettings(apca=True))
    assert without.pairs[0].apca is None
    assert with_it.pairs[0].apca == 71.1
    assert with_it.findings == without.findings


@pytest.mark.parametrize("name", ["bulma", "pico-dark", "uswds"])
def test_ratios_on_real_pages_are_those_of_the_style_sheets_colours(name: str) -> None:
    if not (CORPUS / f"{name}.png").exists():
        pytest.skip(f"the corpus is missing: {name}.png")
    places, close, _ = contrast_places(extract(CORPUS / f"{name}.png"), CORPUS / f"{name}.truth.json")
    assert close == places >= 30


def test_a_place_whose_ground_the_truth_leaves_out_is_told_apart(tmp_path: Path) -> None:
    image = Image.new("RGB", (480, 200), "#f2f2f2")
    ImageDraw.Draw(image).text((24, 24), "Monthly overview", fill="#000000", font=ImageFont.load_default(20))
    image.save(tmp_path / "page.png")
    measured = extract(tmp_path / "page.png", pixel_ratio=1.0)
    truth = {"color": [{"hex": "#000000", "roles": ["text"]}, {"hex": "#f8f9fa", "roles": ["background"]}]}
    for ignored, expected in ((["#f2f2f2"], (1, 0, 1)), ([], (1, 0, 0)), (["#8a8a8a"], (1, 0, 0))):
        (tmp_path / "page.truth.json").write_text(json.dumps(truth | {"ignored": ignored}))
        assert contrast_places(measured, tmp_path / "page.truth.json") == expected
