"""Which colours of a drawn picture are measured, and which are refused."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.measures import colour
from designsystem.engine.observation import Observation
from designsystem.engine.values import Colour
from designsystem.tests.engine.drawing import page, rounded, scene_of, write, write_unhinted


def measured(image: Image.Image) -> dict[str, Observation]:
    found = {}
    for observation in colour.measure(scene_of(image)):
        assert isinstance(observation.value, Colour)
        found[observation.value.hex] = observation
    return found


def test_grounds_fills_frames_rules_and_text_are_measured_to_the_byte() -> None:
    image, draw = page("#fdfcfb")
    draw.rectangle((20, 20, 379, 179), fill="#ffffff", outline="#d0d7de")
    rounded(image, Box(40, 120, 100, 40), 6, "#0d6efd")
    write(image, (40, 80), "Quarterly field notes", "#212529", size=28)
    draw.rectangle((20, 200, 379, 200), fill="#e1e4e8")
    assert set(measured(image)) == {"#fdfcfb", "#ffffff", "#d0d7de", "#0d6efd", "#212529", "#e1e4e8"}


def test_neighbouring_greys_stay_apart() -> None:
    image, draw = page("#ffffff")
    draw.rectangle((20, 20, 379, 79), fill="#fbfcfc")
    draw.rectangle((20, 100, 379, 159), fill="#fafafb")
    assert {"#fbfcfc", "#fafafb", "#ffffff"} == set(measured(image))


def test_an_ink_that_nobody_can_tell_from_another_is_that_one_and_a_near_one_stays_apart() -> None:
    image, _ = page()
    for row, (text, ink) in enumerate(
        (("Figures of the whole quarter", "#67748e"), ("About us", "#65728c"), ("Muted note", "#75829c"))
    ):
        write(image, (20, 60 + 60 * row), text, ink, size=24)
    found = measured(image)
    assert set(found) == {"#ffffff", "#67748e", "#75829c"}
    assert len(found["#67748e"].boxes) == 2


def test_blends_of_round_corners_and_letters_are_not_colours() -> None:
    image, _ = page()
    rounded(image, Box(40, 40, 32, 32), 16, "#198754")
    write(image, (100, 80), "Figures refresh every five minutes", "#212529", size=18)
    assert set(measured(image)) == {"#ffffff", "#198754", "#212529"}


def test_thin_letters_count_to_the_ink_they_are_a_paler_shade_of() -> None:
    image, _ = page()
    write(image, (20, 60), "Heading of the page", "#33404d", size=32)
    for row in range(6):
        write(image, (20, 110 + 24 * row), "Thin small print below it", "#33404d", size=11)
    assert set(measured(image)) == {"#ffffff", "#33404d"}


@pytest.mark.parametrize(("label", "size"), [("61", 10), ("47", 12), ("li", 11)])
def test_stems_between_two_columns_count_to_the_ink_they_nearly_reach(label: str, size: int) -> None:
    image, _ = page()
    write(image, (20, 60), "Heading of the page", "#212529", size=24)
    write(image, (20, 100), "Running text below the heading", "#212529", size=15)
    for row in range(4):
        write(image, (20, 130 + 30 * row), label, "#212529", size=size)
    assert set(measured(image)) == {"#ffffff", "#212529"}


def test_of_thin_letters_alone_the_farthest_shade_is_the_ink() -> None:
    image, _ = page()
    for row, label in enumerate(("100", "200", "300", "400", "500", "Jan", "Feb", "Mar", "Apr", "May")):
        write(image, (20 + 60 * (row % 5), 60 + 40 * (row // 5)), label, "#adb5bd", size=11)
    assert set(measured(image)) == {"#ffffff", "#adb5bd"}


def test_what_many_pixels_show_alike_is_no_peak_of_a_darker_ink() -> None:
    image, _ = page("#f5f7fb")
    for row in range(6):
        write(image, (20, 40 + 24 * row), "Orders of the month", "#a3afbc")
    write_unhinted(image, (20, 220), "Type to filter the list", "#c0c7cf", size=12)
    assert set(measured(image)) == {"#f5f7fb", "#a3afbc", "#c0c7cf"}


@pytest.mark.parametrize(("ink", "ground"), [("#757575", "#ffffff"), ("#000000", "#eefce3"), ("#ffffff", "#1b2b32")])
def test_thin_letters_that_nearly_reach_a_browsers_own_colour_are_estimated_to_have_it(ink: str, ground: str) -> None:
    image, _ = page(ground)
    write(image, (20, 60), "ill", ink, size=10)
    found = measured(image)
    assert set(found) == {ground, ink}
    assert found[ink].method == "text-estimate"


@pytest.mark.parametrize(
    ("first", "last"), [((0xEA, 0x06, 0x06), (0xFF, 0x66, 0x7C)), ((0x17, 0xAD, 0x37), (0x98, 0xEC, 0x2D))]
)
def test_a_gradient_on_letters_lends_no_colour(first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    image, _ = page()
    write(image, (20, 60), "Heading of the page", "#33404d", size=32)
    way = np.linspace(0, 1, 120)[None, :, None]
    shades = Image.fromarray(np.round(np.array(first) + (np.array(last) - first) * way).astype(np.uint8).repeat(60, 0))
    mask = Image.new("L", shades.size, 0)
    ImageDraw.Draw(mask).text((4, 40), "Deleted", fill=255, font=ImageFont.load_default(30), anchor="ls")
    image.paste(shades, (20, 120), mask)
    assert set(measured(image)) == {"#ffffff", "#33404d"}


def test_steps_of_a_shadow_and_of_a_gradient_are_not_colours() -> None:
    image, draw = page(size=(400, 700))
    for ring in range(24):
        shade = 232 + ring
        draw.rectangle((80 - ring, 80 - ring, 319 + ring, 179 + ring), outline=(shade,) * 3)
    for step in range(40):
        draw.rectangle((0, 300 + 8 * step, 399, 307 + 8 * step), fill=(60 + step, 80 + step, 160 + step))
    found = set(measured(image))
    assert "#ffffff" in found
    assert len(found) <= 3  # the page and at most the two ends of the gradient


@pytest.mark.parametrize("angle", ["down", "across", "diagonal"])
@pytest.mark.parametrize("reach", [1.0, 0.2])
def test_a_gradient_behind_a_card_lends_at_most_its_ends(angle: str, reach: float) -> None:
    rows, columns = np.mgrid[0:450, 0:640]
    way = {"down": rows / 449, "across": columns / 639, "diagonal": (rows / 449 + columns / 639) / 2}[angle]
    first, last = np.array([0x66, 0x7E, 0xEA]), np.array([0x76, 0x4B, 0xA2])
    image = Image.fromarray(np.round(first + (last - first) * reach * way[..., None]).astype(np.uint8))
    rounded(image, Box(220, 120, 200, 200), 12, "#ffffff")
    rounded(image, Box(240, 260, 160, 40), 6, "#ff5a5f")
    found = set(measured(image))
    assert {"#ffffff", "#ff5a5f"} <= found
    assert len(found) <= 4


def test_a_photograph_alone_has_no_colour() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert measured(Image.fromarray(noise)) == {}


def test_a_photograph_lends_no_colour() -> None:
    image, draw = page(size=(600, 400))
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    photo = Image.fromarray(coarse).resize((300, 200), Image.Resampling.BICUBIC)
    image.paste(photo, (40, 60))
    draw.rectangle((400, 60, 500, 100), fill="#0d6efd")
    assert set(measured(image)) == {"#ffffff", "#0d6efd"}


def test_a_blown_out_sky_belongs_to_its_photograph_but_a_card_on_it_does_not() -> None:
    image, draw = page("#f4f5f7", size=(600, 400))
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 150, (20, 30, 3), dtype=np.uint8)
    photo = Image.fromarray(coarse).resize((400, 300), Image.Resampling.BICUBIC)
    image.paste(photo, (40, 40))
    draw.polygon(((60, 60), (250, 80), (200, 190), (140, 110), (90, 200)), fill="#fefefe")
    draw.rectangle((280, 200, 419, 299), fill="#ffffff")
    assert set(measured(image)) == {"#f4f5f7", "#ffffff"}


def test_shares_are_of_all_pixels_and_boxes_prove_the_place() -> None:
    image, draw = page(size=(100, 100))
    draw.rectangle((10, 10, 59, 29), fill="#0d6efd")
    found = measured(image)
    assert found["#0d6efd"].share == pytest.approx(0.1)
    assert found["#0d6efd"].boxes == (Box(10, 10, 50, 20),)
    assert found["#ffffff"].share == pytest.approx(0.9)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (64, 64)])
def test_one_colour_is_one_background(size: tuple[int, int]) -> None:
    assert set(measured(Image.new("RGB", size, "#123456"))) == {"#123456"}
