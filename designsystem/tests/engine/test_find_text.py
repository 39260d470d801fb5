"""Text is found from its ink: on any ground and at any pixel ratio, and never where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Raster
from designsystem.engine.text import find_text
from designsystem.engine.values import Colour

SENTENCE = "Every figure here is unaudited"


def raster(image: Image.Image) -> Raster:
    return Raster(rgb=np.ascontiguousarray(image), media_type="image/png", sha256="0" * 64)


def page(ground: str = "#ffffff", size: tuple[int, int] = (640, 240)) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, ground)
    return image, ImageDraw.Draw(image)


def write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, ink: str, size: float) -> Box:
    """Write `text` and say which box its ink fills."""
    font = ImageFont.load_default(size)
    draw.text(at, text, ink, font=font)
    left, top, right, bottom = draw.textbbox(at, text, font=font)
    return Box.from_edges(round(left), round(top), round(right), round(bottom))


@pytest.mark.parametrize(
    ("ground", "ink"),
    [("#ffffff", "#212529"), ("#10141c", "#e8eaf0"), ("#0d6efd", "#ffffff"), ("#fff3cd", "#664d03")],
)
@pytest.mark.parametrize("ratio", [1, 2])
def test_a_sentence_is_one_line_with_its_exact_colours(ground: str, ink: str, ratio: int) -> None:
    image, draw = page(ground)
    box = write(draw, (20, 40), SENTENCE, ink, 16 * ratio)
    (line,) = find_text(raster(image), ratio)
    assert line.ink == Colour.from_hex(ink)
    assert line.ink_exact
    assert line.ground == Colour.from_hex(ground)
    assert box.grown(2).contains(line.box)
    assert line.box.area > 0.85 * box.area


def test_heights_grow_with_the_size() -> None:
    image, draw = page(size=(640, 400))
    for row, size in enumerate((12, 24, 48)):
        write(draw, (20, 20 + 100 * row), "Headline", "#000000", size)
    small, middle, large = find_text(raster(image), 1)
    for one, twice in ((small, middle), (middle, large)):
        assert one.x_height is not None
        assert twice.x_height == pytest.approx(2 * one.x_height, rel=0.15)
        assert one.cap_height is not None
        assert twice.cap_height == pytest.approx(2 * one.cap_height, rel=0.1)


def test_the_baseline_is_where_letters_stand_not_where_they_hang() -> None:
    image, draw = page()
    draw.text((20, 100), "gypsy jumping", "#000000", font=ImageFont.load_default(32), anchor="ls")
    (line,) = find_text(raster(image), 1)
    assert line.baseline == pytest.approx(100, abs=1)
    assert line.box.bottom > 104


def test_words_of_another_colour_are_their_own_run() -> None:
    image, draw = page()
    box = write(draw, (20, 40), "Read the", "#222222", 20)
    write(draw, (box.right + 6, 40), "full report", "#0057d8", 20)
    first, second = find_text(raster(image), 1)
    assert (first.ink.hex, second.ink.hex) == ("#222222", "#0057d8")


def test_links_parted_by_no_more_than_a_dot_of_another_colour_are_found() -> None:
    image, draw = page()
    font, at = ImageFont.load_default(14), 20.0
    for part, ink in (("Privacy Policy", "#0d6efd"), ("\u00b7", "#212529"), ("Terms & Conditions", "#0d6efd")):
        draw.text((at, 40), part, ink, font=font)
        at += font.getlength(part) + 2
    lines = find_text(raster(image), 1)
    assert [line.ink.hex for line in lines] == ["#0d6efd", "#0d6efd"]
    assert all(line.glyphs >= 10 for line in lines)


def test_text_on_a_button_beside_text_on_the_page_is_found_on_its_own_ground() -> None:
    image, draw = page("#f8f9fa")
    write(draw, (20, 50), "Amount due", "#212529", 16)
    draw.rounded_rectangle((200, 40, 320, 78), 6, fill="#198754")
    write(draw, (222, 50), "Pay now", "#ffffff", 16)
    lines = find_text(raster(image), 1)
    assert [(line.ground.hex, line.ink.hex) for line in sorted(lines, key=lambda each: each.box.x)] == [
        ("#f8f9fa", "#212529"),
        ("#198754", "#ffffff"),
    ]


def test_rows_of_a_striped_table_are_each_found_once_on_the_stripe_they_stand_on() -> None:
    image, draw = page(size=(640, 200))
    for row in range(4):
        if row % 2:
            draw.rectangle((0, row * 50, 639, row * 50 + 49), fill="#f4f5f6")
        write(draw, (20, 14 + row * 50), f"Harbour Foods {row}", "#000000", 16)
    assert [line.ground.hex for line in find_text(raster(image), 1)] == ["#ffffff", "#f4f5f6"] * 2


def test_frames_rules_and_single_shapes_are_not_text() -> None:
    image, draw = page()
    draw.rectangle((20, 20, 180, 80), outline="#cccccc")
    draw.rounded_rectangle((200, 20, 320, 60), 8, fill="#0d6efd")
    draw.line((20, 120, 600, 120), fill="#dddddd")
    draw.ellipse((400, 20, 440, 60), fill="#dc3545")
    assert find_text(raster(image), 1) == ()


def test_a_photograph_alone_holds_no_text() -> None:
    noise = np.random.default_rng(7).normal(size=(24, 40, 3)).clip(-2, 2)
    photo = Image.fromarray(((noise + 2) * 63).astype(np.uint8)).resize((640, 384), Image.Resampling.BICUBIC)
    assert find_text(raster(photo), 1) == ()


def test_noise_holds_no_text() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert find_text(raster(Image.fromarray(noise)), 1) == ()


def test_a_mosaic_of_many_colours_holds_no_text() -> None:
    tiles = np.random.default_rng(7).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    assert find_text(raster(Image.fromarray(tiles.repeat(12, axis=0).repeat(12, axis=1))), 1) == ()


def test_small_bold_letters_in_a_badge_are_all_read() -> None:
    image, draw = page()
    draw.rounded_rectangle((20, 20, 68, 41), 6, fill="#198754")
    box = write(draw, (29, 23), "paid", "#ffffff", 13)
    (line,) = find_text(raster(image), 1)
    assert line.box.width >= 0.85 * box.width
    assert line.glyphs >= 4


def test_letters_of_one_width_are_known_by_their_equal_distances() -> None:
    image, draw = page(size=(700, 100))
    font = ImageFont.load_default(20)
    for place, letter in enumerate("abandonedhousesbehinddunes"):
        draw.text((20 + 14 * place, 20), letter, "#000000", font=font, anchor="ma")
    (line,) = find_text(raster(image), 1)
    assert line.monospaced
    assert line.advance == pytest.approx(14, abs=0.3)


def test_a_word_without_tall_letters_shows_its_x_height_where_one_hangs_low() -> None:
    image, draw = page()
    write(draw, (20, 40), "harvest", "#000000", 24)
    write(draw, (20, 120), "upon a ray", "#000000", 24)
    tall, low = find_text(raster(image), 1)
    assert low.x_height == pytest.approx(tall.x_height, rel=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (4, 4), (640, 480)])
def test_one_colour_holds_no_text(size: tuple[int, int]) -> None:
    assert find_text(raster(Image.new("RGB", size, "#336699")), 1) == ()


def test_a_picture_taller_than_one_band_gives_each_line_once() -> None:
    image, draw = page(size=(320, 4600))
    boxes = [write(draw, (20, y), SENTENCE, "#111111", 16) for y in range(10, 4560, 37)]
    lines = find_text(raster(image), 1)
    assert len(lines) == len(boxes)
    assert all(box.grown(2).contains(line.box) for box, line in zip(boxes, lines, strict=True))


def test_compression_leaves_the_lines_where_they_were(tmp_path: Path) -> None:
    image, draw = page("#f8f9fa")
    write(draw, (20, 40), SENTENCE, "#212529", 16)
    (exact,) = find_text(raster(image), 1)
    image.save(tmp_path / "page.jpg", quality=90)
    with Image.open(tmp_path / "page.jpg") as lossy:
        picture = Raster(np.ascontiguousarray(lossy.convert("RGB")), "image/jpeg", "0" * 64, lossless=False)
    (line,) = find_text(picture, 1)
    assert exact.box.grown(3).contains(line.box)
    assert abs(line.ink.red - exact.ink.red) < 16
