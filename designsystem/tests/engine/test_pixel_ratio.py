"""Pages drawn at a known ratio: text of 14 to 16 px, 1 px rules, boxes on whole CSS pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.decode import decode
from designsystem.engine.pixel_ratio import RATIOS, find_pixel_ratio
from designsystem.engine.raster import Raster

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
WORDS = "Orders placed since Monday shipped returned revenue customer total"


def raster(image: Image.Image, pixels_per_inch: float | None = None) -> Raster:
    return Raster(np.array(image), "image/png", "0" * 64, pixels_per_inch=pixels_per_inch)


def page(ratio: float, size: int = 15, lines: bool = True) -> Image.Image:
    def px(value: float) -> int:
        return round(value * ratio)

    image = Image.new("RGB", (px(480), px(320)), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size * ratio)
    for row in range(7):
        top = 13 + 41 * row
        draw.text((px(15), px(top)), WORDS, font=font, fill=(30, 30, 30))
        if lines:
            line = px(top + 27)
            draw.rectangle((px(11), line, px(471) - 1, line + max(1, int(ratio)) - 1), fill=(200, 200, 205))
    return image


@pytest.mark.parametrize(
    ("ratio", "size"), [(1.0, 14), (1.0, 16), (1.5, 16), (2.0, 14), (2.0, 16), (3.0, 14), (3.0, 16)]
)
def test_a_page_of_text_and_rules_shows_its_ratio(ratio: float, size: int) -> None:
    found, confidence = find_pixel_ratio(raster(page(ratio, size)))
    assert found == ratio
    assert confidence > 0.5


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_text_alone_shows_its_ratio(ratio: float) -> None:
    assert find_pixel_ratio(raster(page(ratio, lines=False)))[0] == ratio


def test_a_resampled_page_is_judged_by_its_letters() -> None:
    shrunk = page(2.0).resize((480, 320), Image.Resampling.LANCZOS)
    assert find_pixel_ratio(raster(shrunk))[0] == 1.0


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (64, 64)])
def test_a_picture_that_shows_nothing_is_taken_at_one_without_certainty(size: tuple[int, int]) -> None:
    ratio, confidence = find_pixel_ratio(raster(Image.new("RGB", size, (9, 99, 199))))
    assert ratio == 1.0
    assert confidence < 0.6


def test_the_density_of_the_file_decides_where_nothing_else_does() -> None:
    blank = Image.new("RGB", (64, 64), (255, 255, 255))
    assert find_pixel_ratio(raster(blank, 144.0))[0] == 2.0
    assert find_pixel_ratio(raster(page(1.0), 144.0))[0] == 1.0


def test_noise_and_very_long_pictures_are_answered() -> None:
    noise = np.random.default_rng(5).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert find_pixel_ratio(Raster(noise, "image/jpeg", "0" * 64))[0] in RATIOS
    tall = np.tile(np.array(page(2.0)), (8, 1, 1))
    assert find_pixel_ratio(Raster(tall, "image/png", "0" * 64))[0] == 2.0


def test_nine_of_ten_corpus_pictures_are_right() -> None:
    truths = sorted(CORPUS.glob("*/*.truth.json"))
    if not truths:
        pytest.skip("the corpus is missing: ../shared/corpus")
    right = 0
    for path in truths:
        picture = path.with_name(path.name.replace(".truth.json", ".png"))
        right += find_pixel_ratio(decode(picture))[0] == json.loads(path.read_text())["dpr"]
    assert right >= 0.9 * len(truths)
