"""Which lines of a drawn picture are borders."""

import pytest
from PIL import Image, ImageDraw, ImageFilter

from designsystem.engine.geometry import Box
from designsystem.engine.measures import border
from designsystem.engine.values import Border, Colour, LineStyle
from designsystem.tests.engine.drawing import page, rounded, scene_of, write


def measured(image: Image.Image, pixel_ratio: float = 1.0) -> set[tuple[float, str]]:
    found = set()
    for observation in border.measure(scene_of(image, pixel_ratio)):
        assert isinstance(observation.value, Border)
        found.add((observation.value.width, observation.value.colour.hex))
    return found


def ring(image: Image.Image, box: Box, width: int, line: str, fill: str, play: int) -> None:
    """A circle with a line inside its edge, thicker by `play` sixteenths of a pixel, as browsers round their curves."""
    scale = 16
    rounded(image, box, box.width // 2, fill)
    mask = Image.new("L", (box.width * scale, box.height * scale), 0)
    inset = width * scale + play
    ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=255)
    ImageDraw.Draw(mask).ellipse((inset, inset, mask.width - 1 - inset, mask.height - 1 - inset), fill=0)
    image.paste(Image.new("RGB", (box.width, box.height), line), (box.x, box.y), mask.reduce(scale))


def test_a_frame_is_a_border_in_css_pixels() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 249, 99), fill="#ffffff", outline="#d0d7de", width=2)
    assert measured(image) == {(2.0, "#d0d7de")}
    assert measured(image, 2.0) == {(1.0, "#d0d7de")}


def test_frames_of_the_same_width_and_colour_are_one_border_with_all_its_places() -> None:
    image, draw = page()
    for left in (20, 150, 280):
        draw.rectangle((left, 40, left + 99, 99), fill="#ffffff", outline="#d0d7de")
    (found,) = border.measure(scene_of(image))
    assert found.value == Border(1.0, Colour.from_hex("#d0d7de"))
    assert found.count == 3
    assert len(found.boxes) == 3


@pytest.mark.parametrize(("size", "width"), [(32, 1), (36, 1), (40, 2), (48, 2), (64, 4)])
@pytest.mark.parametrize("fill", ["#ffffff", "#f0f4ff"])
@pytest.mark.parametrize("play", [0, 1])
def test_the_line_around_a_round_button_is_a_border(size: int, width: int, fill: str, play: int) -> None:
    image, _ = page()
    for row, colour in enumerate(("#82d616", "#ea0606")):
        ring(image, Box(40, 40 + 100 * row, size, size), width, colour, fill, play)
    assert measured(image) == {(float(width), "#82d616"), (float(width), "#ea0606")}


def test_the_shadow_of_a_round_button_and_the_counters_of_letters_are_no_borders() -> None:
    image, _ = page("#f4f5f7")
    shadow = Image.new("L", image.size, 0)
    ImageDraw.Draw(shadow).ellipse((40, 44, 80, 84), fill=90)
    image.paste(Image.new("RGB", image.size, "#000000"), (0, 0), shadow.filter(ImageFilter.GaussianBlur(3)))
    rounded(image, Box(40, 40, 41, 41), 20, "#ffffff")
    write(image, (20, 200), "OQO oo", "#212529", size=90)
    assert measured(image) == set()


def test_a_divider_and_a_quotations_bar_are_borders() -> None:
    image, draw = page()
    draw.rectangle((0, 100, 399, 100), fill="#e5e5e5")
    draw.rectangle((40, 150, 44, 250), fill="#0d47a1")
    assert measured(image) == {(1.0, "#e5e5e5"), (5.0, "#0d47a1")}


def test_text_and_its_underline_are_no_borders() -> None:
    image, draw = page()
    write(image, (20, 60), "Illinois - minimal", "#0d6efd", size=30)
    draw.line((20, 64, 250, 64), fill="#0d6efd", width=2)
    assert measured(image) == set()


def test_the_hard_shadow_below_a_button_is_no_border() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 149, 79), fill="#0f7a52")
    draw.rectangle((50, 78, 149, 79), fill="#083d29")
    assert measured(image) == set()


@pytest.mark.parametrize(
    ("stroke", "gap", "thickness", "style"),
    [
        (3, 2, 1, LineStyle.DASHED),
        (6, 4, 2, LineStyle.DASHED),
        (1, 1, 1, LineStyle.DOTTED),
        (3, 3, 3, LineStyle.DOTTED),
    ],
)
@pytest.mark.parametrize("horizontal", [True, False])
def test_broken_lines_are_borders_with_their_style(
    stroke: int, gap: int, thickness: int, style: LineStyle, horizontal: bool
) -> None:
    image, draw = page()
    for at in range(40, 240, stroke + gap):
        if horizontal:
            draw.rectangle((at, 100, at + stroke - 1, 100 + thickness - 1), fill="#666666")
        else:
            draw.rectangle((100, at, 100 + thickness - 1, at + stroke - 1), fill="#666666")
    (found,) = border.measure(scene_of(image))
    assert found.value == Border(float(thickness), Colour.from_hex("#666666"), style)


def test_even_letters_are_no_broken_line() -> None:
    image, _ = page()
    for row in range(8):
        write(image, (20, 40 + 24 * row), "illlillliillllilllillliillllilllillliilll", "#212529")
    assert border.measure(scene_of(image)) == []
