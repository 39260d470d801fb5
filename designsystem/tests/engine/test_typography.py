"""Sizes, weights and line heights come from the ink, whatever the family."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.measures.typography import measure
from designsystem.engine.raster import Raster
from designsystem.engine.scene import Scene
from designsystem.engine.scene_building import build_scene
from designsystem.engine.values import Colour, FontClass, Typography

PARAGRAPH = (
    "Every order that was placed since Monday",
    "is shown here, with the newest one first,",
    "until the figures of the month are closed.",
)

ONE_FAMILY_OFF = 0.13  # Pillow's own font is in no table: its heights are those of a larger common one


def scene_of(image: Image.Image, pixel_ratio: float = 1.0) -> Scene:
    return build_scene(Raster(np.ascontiguousarray(image), "image/png", "0" * 64), pixel_ratio)


def page(ground: str = "#ffffff", size: tuple[int, int] = (700, 500)) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, ground)
    return image, ImageDraw.Draw(image)


def paragraph(draw: ImageDraw.ImageDraw, size: float, ink: str, pitch: int, top: int = 20, stroke: float = 0) -> None:
    font = ImageFont.load_default(size)
    for row, text in enumerate(PARAGRAPH):
        draw.text((20, top + row * pitch), text, ink, font=font, stroke_width=stroke)


def styles(scene: Scene) -> list[Typography]:
    return [each.value for each in measure(scene) if isinstance(each.value, Typography)]


@pytest.mark.parametrize("size", [16, 20, 24, 32])
def test_a_paragraph_shows_its_size(size: int) -> None:
    image, draw = page(size=(900, 300))
    paragraph(draw, size, "#202020", round(1.5 * size))
    (style,) = styles(scene_of(image))
    assert style.size == pytest.approx(size, rel=ONE_FAMILY_OFF)
    assert style.weight < 600
    assert style.font_class is FontClass.SANS


def test_a_picture_at_twice_the_ratio_gives_the_same_css_size() -> None:
    image, draw = page(size=(900, 300))
    paragraph(draw, 32, "#202020", 48)
    (style,) = styles(scene_of(image, pixel_ratio=2.0))
    assert style.size == pytest.approx(16, rel=ONE_FAMILY_OFF)


def test_light_text_on_a_dark_ground_is_measured_alike() -> None:
    image, draw = page("#10141c")
    paragraph(draw, 16, "#e6e6e6", 24)
    (style,) = styles(scene_of(image))
    assert style.size == pytest.approx(16, rel=ONE_FAMILY_OFF)
    assert style.colour == Colour.from_hex("#e6e6e6")


def test_the_pitch_of_wrapped_lines_is_the_line_height() -> None:
    image, draw = page()
    paragraph(draw, 16, "#202020", 26)
    (style,) = styles(scene_of(image))
    assert style.line_height is not None
    assert style.line_height * style.size == pytest.approx(26, abs=0.3)


def test_a_single_line_shows_no_line_height() -> None:
    image, draw = page()
    draw.text((20, 20), PARAGRAPH[0], "#202020", font=ImageFont.load_default(16))
    (style,) = styles(scene_of(image))
    assert style.line_height is None
    assert style.letter_spacing is None


def test_thick_stems_are_bold() -> None:
    image, draw = page()
    paragraph(draw, 32, "#202020", 48)
    paragraph(draw, 32, "#202020", 48, top=220, stroke=1)
    assert sorted(style.weight >= 600 for style in styles(scene_of(image))) == [False, True]


def test_each_style_is_reported_once_with_every_line_as_evidence() -> None:
    image, draw = page()
    paragraph(draw, 16, "#202020", 24)
    paragraph(draw, 16, "#0057d8", 24, top=200)
    (found,) = measure(scene_of(image))
    assert found.count == 6
    assert len(found.boxes) == 6
    assert isinstance(found.value, Typography)
    assert found.value.colour in (Colour.from_hex("#202020"), Colour.from_hex("#0057d8"))


def test_larger_text_comes_first() -> None:
    image, draw = page(size=(900, 500))
    paragraph(draw, 14, "#202020", 22)
    paragraph(draw, 36, "#202020", 50, top=200)
    sizes = [style.size for style in styles(scene_of(image))]
    assert len(sizes) == 2
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (640, 480)])
def test_a_picture_without_text_has_no_styles(size: tuple[int, int]) -> None:
    assert measure(scene_of(Image.new("RGB", size, "#336699"))) == []
