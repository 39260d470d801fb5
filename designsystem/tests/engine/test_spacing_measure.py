"""Which distances of a drawn picture are its spacing."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.measures import spacing
from designsystem.engine.measures.gaps import Kind, find_gaps
from designsystem.engine.values import Spacing
from designsystem.tests.engine.drawing import page, rounded, scene_of, write


def measured(image: Image.Image, pixel_ratio: float = 1.0) -> list[float]:
    found = []
    for observation in spacing.measure(scene_of(image, pixel_ratio)):
        assert isinstance(observation.value, Spacing)
        found.append(observation.value.px)
    return found


def gaps(image: Image.Image, kind: Kind) -> list[float]:
    return [gap.px for gap in find_gaps(scene_of(image)) if gap.kind is kind]


def button(image: Image.Image, left: int, top: int, label: str, padding: int, height: int) -> int:
    """A button with centred text; returns its right edge."""
    font = ImageFont.load_default(16)
    width = round(ImageDraw.Draw(image).textlength(label, font=font)) + 2 * padding
    rounded(image, Box(left, top, width, height), 4, "#0d6efd")
    write(image, (left + padding, top + height // 2 + 6), label, "#ffffff")
    return left + width


@pytest.mark.parametrize("padding", [12, 16, 20])
def test_the_padding_of_buttons_is_spacing(padding: int) -> None:
    image, _ = page()
    left = 20
    for label in ("Export", "Delete"):
        left = button(image, left, 30, label, padding, 40) + 8
    assert any(abs(value - padding) <= 1 for value in measured(image))
    assert all(abs(value - padding) <= 1.5 for value in gaps(image, Kind.CENTRED))


def test_the_gap_between_cards_is_measured_exactly_on_both_axes() -> None:
    image, draw = page("#f4f5f7", size=(700, 400))
    for row in range(2):
        for column in range(3):
            left, top = 24 + 216 * column, 24 + 150 * row
            draw.rectangle((left, top, left + 191, top + 125), fill="#ffffff")
    assert gaps(image, Kind.BOX_BESIDE_BOX) == [24.0] * 4
    assert gaps(image, Kind.BOX_UNDER_BOX) == [24.0] * 3
    assert 24.0 in measured(image)


def test_padding_is_counted_from_inside_the_frame() -> None:
    image, draw = page()
    draw.rectangle((20, 20, 219, 119), fill="#ffffff", outline="#d0d7de", width=2)
    draw.rectangle((38, 38, 201, 101), fill="#0d6efd")
    assert gaps(image, Kind.INSET) == [16.0, 16.0, 16.0, 16.0]


def test_text_is_as_far_away_as_its_line_box_not_as_its_ink() -> None:
    image, draw = page()
    draw.rectangle((20, 20, 379, 200), fill="#eef1f4")
    for row in range(4):  # 16 px on 24 px lines: the first line box begins 16 px below the edge
        write(image, (36, 20 + 16 + 17 + 24 * row), "Everything that was placed since", "#212529")
    assert any(abs(value - 16) <= 1 for value in gaps(image, Kind.LEFT))
    assert any(abs(value - 16) <= 2 for value in gaps(image, Kind.TOP))


def test_values_are_css_pixels_and_each_is_given_once_with_its_places() -> None:
    image, draw = page("#f4f5f7", size=(900, 300))
    for column in range(4):
        draw.rectangle((24 + 208 * column, 40, 24 + 208 * column + 183, 200), fill="#ffffff")
    assert 12.0 in measured(image, 2.0)
    found = measured(image)
    assert 24.0 in found
    assert len(found) == len(set(found))
    (observation,) = [o for o in spacing.measure(scene_of(image)) if o.value == Spacing(24.0)]
    assert Box(208, 40, 24, 161) in observation.boxes
    assert observation.count == 3


def test_a_long_page_of_one_spacing_gives_no_values_around_it() -> None:
    image, _ = page(size=(1000, 1300))
    for row in range(25):
        left = 20
        while left < 900:
            left = button(image, left, 20 + 50 * row, "Export", 16, 40) + 8
    assert len({round(value) for value in measured(image) if 13 < value < 19}) == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (50, 50)])
def test_an_empty_picture_has_no_spacing(size: tuple[int, int]) -> None:
    assert measured(Image.new("RGB", size, "#ffffff")) == []
