"""The scene of small drawn pictures: what is painted is found, what is not is not, and nothing raises."""

import io

import numpy as np
import pytest
from PIL import Image

from config.services.model import PROJECT_ROOT
from designsystem.engine.decode import decode
from designsystem.engine.geometry import Box
from designsystem.engine.measures import border, colour, spacing
from designsystem.engine.raster import Raster
from designsystem.engine.scene import PaintedBox, Scene, Shape
from designsystem.engine.scene_building import build_scene
from designsystem.engine.values import Colour
from designsystem.tests.engine.drawing import page, raster_of, rounded, scene_of, write

WHITE, GREY, BLUE, LINE = "#ffffff", "#f4f5f7", "#0d6efd", "#d0d7de"


def only_box(scene: Scene) -> PaintedBox:
    assert len(scene.boxes) == 2
    return scene.boxes[1]


def test_a_filled_rectangle_is_one_box_on_the_page() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 149, 79), fill=BLUE)
    found = only_box(scene_of(image))
    assert found == PaintedBox(Box(50, 40, 100, 40), Colour.from_hex(BLUE), 0)


def test_a_box_inside_a_box_has_it_as_parent() -> None:
    image, draw = page()
    draw.rectangle((20, 20, 379, 279), fill=GREY)
    draw.rectangle((50, 40, 149, 79), fill=BLUE)
    scene = scene_of(image)
    assert [box.parent for box in scene.boxes] == [None, 0, 1]
    assert scene.boxes[0].fill == Colour.from_hex(WHITE)


@pytest.mark.parametrize("radius", [4, 8, 12])
def test_rounded_corners_make_a_rounded_box(radius: int) -> None:
    image, _ = page()
    rounded(image, Box(50, 40, 120, 60), radius, BLUE)
    found = only_box(scene_of(image))
    assert found.shape is Shape.ROUNDED
    assert found.box == Box(50, 40, 120, 60)


@pytest.mark.parametrize("box", [Box(50, 40, 60, 24), Box(50, 40, 32, 32)])
def test_a_pill_and_a_circle_are_boxes_that_are_round_all_over(box: Box) -> None:
    image, _ = page()
    rounded(image, box, min(box.width, box.height) // 2, BLUE)
    found = only_box(scene_of(image))
    assert found.shape is Shape.PILL
    assert found.box.grown(1).contains(box)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_frame_is_read_with_its_width_and_belongs_to_the_box(width: int) -> None:
    image, draw = page()
    draw.rectangle((50, 40, 249, 99), fill=WHITE, outline=LINE, width=width)
    found = only_box(scene_of(image))
    assert found.box == Box(50, 40, 200, 60)
    assert found.frame is not None
    assert (found.frame.colour, found.frame.width) == (Colour.from_hex(LINE), width)
    assert scene_of(image).rules == ()


def test_the_ring_of_a_shadow_is_no_frame() -> None:
    image, draw = page()
    for ring, shade in enumerate((0xF0, 0xF4, 0xF8, 0xFB, 0xFD, 0xFE)):
        reach = ring + 1
        draw.rectangle((50 - reach, 40 - reach, 249 + reach, 99 + reach), outline=(shade,) * 3)
    draw.rectangle((50, 40, 249, 99), fill=WHITE)
    found = only_box(scene_of(image))
    assert found.frame is None
    assert found.box == Box(50, 40, 200, 60)
    assert scene_of(image).rules == ()


@pytest.mark.parametrize("name", ["invoices", "invoices-changed"])
def test_the_sides_of_two_cards_beside_each_other_are_no_letters(name: str) -> None:
    text = build_scene(decode(PROJECT_ROOT / f"docs/sample/{name}.png"), 1.0).text
    assert len(text) > 40
    assert max(line.box.height for line in text) < 30


def test_an_inner_shadow_hides_no_frame() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 249, 99), fill=WHITE, outline=LINE)
    draw.line((51, 41, 248, 41), fill="#f6f6f6")
    draw.line((51, 42, 248, 42), fill="#fcfcfc")
    found = only_box(scene_of(image))
    assert found.frame is not None
    assert found.frame.sides == (True, True, True, True)
    assert found.box == Box(50, 40, 200, 60)


def test_a_gap_between_two_boxes_is_no_frame_and_no_rule() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 149, 79), fill=BLUE)
    draw.rectangle((154, 40, 253, 79), fill=BLUE)
    scene = scene_of(image)
    assert [box.frame for box in scene.boxes] == [None, None, None]
    assert scene.rules == ()


def test_a_divider_is_a_rule_and_splits_no_page() -> None:
    image, draw = page()
    draw.rectangle((0, 100, 399, 100), fill=LINE)
    draw.rectangle((200, 150, 201, 280), fill=LINE)
    scene = scene_of(image)
    assert [(rule.box, rule.horizontal) for rule in scene.rules] == [
        (Box(0, 100, 400, 1), True),
        (Box(200, 150, 2, 131), False),
    ]
    assert len(scene.boxes) == 1


def test_a_photograph_is_a_picture_and_leaves_no_box() -> None:
    image, _ = page(size=(500, 400))
    noise = np.random.default_rng(7).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    image.paste(Image.fromarray(noise), (100, 120))
    scene = scene_of(image)
    assert len(scene.boxes) == 1
    assert len(scene.pictures) == 1
    assert scene.pictures[0].grown(2).contains(Box(100, 120, 200, 160))
    assert scene.picture_mask[120:280, 100:300].all()
    assert scene.picture_mask.sum() < 1.1 * 200 * 160


def test_lengths_are_device_pixels_at_every_ratio() -> None:
    image, draw = page(size=(800, 600))
    draw.rectangle((100, 80, 299, 159), fill=WHITE, outline=LINE, width=2)
    found = only_box(scene_of(image, 2.0))
    assert found.box == Box(100, 80, 200, 80)
    assert found.frame is not None
    assert found.frame.width == 2


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.full((1, 200, 3), 255, np.uint8),
        np.full((200, 1, 3), 255, np.uint8),
        np.full((50, 60, 3), 120, np.uint8),
        np.random.default_rng(1).integers(0, 256, (120, 90, 3), dtype=np.uint8),
        np.repeat(np.arange(256, dtype=np.uint8), 3 * 64).reshape(256, 64, 3),
        (np.indices((64, 64)).sum(axis=0)[..., None] % 2 * 255).astype(np.uint8).repeat(3, axis=2),
    ],
    ids=["one pixel", "one row", "one column", "one colour", "noise", "gradient", "chequers"],
)
@pytest.mark.parametrize("pixel_ratio", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("lossless", [True, False])
def test_degenerate_pictures_have_a_page_and_raise_nothing(
    pixels: np.ndarray, pixel_ratio: float, lossless: bool
) -> None:
    scene = build_scene(Raster(pixels, "image/png", "0" * 64, lossless=lossless), pixel_ratio)
    for measure in (colour.measure, border.measure, spacing.measure):
        assert len(measure(scene)) <= 40
    assert scene.boxes[0].box == Box(0, 0, pixels.shape[1], pixels.shape[0])
    assert scene.boxes[0].parent is None
    assert scene.picture_mask.shape == pixels.shape[:2]


def test_the_same_picture_gives_the_same_scene() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 249, 99), fill=GREY, outline=LINE)
    rounded(image, Box(60, 120, 80, 30), 6, BLUE)
    first, second = scene_of(image), scene_of(image)
    assert (first.boxes, first.rules, first.pictures) == (second.boxes, second.rules, second.pictures)


def test_letters_are_text_and_no_boxes() -> None:
    image, _ = page()
    write(image, (20, 60), "Orders and Invoices", "#212529", size=40)
    scene = scene_of(image)
    assert len(scene.text) >= 1
    assert len(scene.boxes) == 1


def test_an_underline_belongs_to_its_text() -> None:
    image, draw = page()
    write(image, (20, 60), "Read all terms", "#0d6efd")
    draw.line((20, 62, 120, 62), fill="#0d6efd")
    assert scene_of(image).rules == ()


def test_a_bar_beside_a_quotation_is_a_rule_even_at_the_edge_of_the_picture() -> None:
    image, draw = page()
    draw.rectangle((0, 40, 4, 120), fill=LINE)
    scene = scene_of(image)
    assert [rule.box for rule in scene.rules] == [Box(0, 40, 5, 81)]
    assert len(scene.boxes) == 1


def test_a_gauge_is_no_rule() -> None:
    image, draw = page()
    draw.rectangle((50, 40, 149, 45), fill=BLUE)
    draw.rectangle((150, 40, 299, 45), fill="#e6e7eb")
    assert scene_of(image).rules == ()


def test_a_jpeg_shows_the_boxes_and_frames_of_its_original() -> None:
    image, draw = page()
    draw.rectangle((20, 20, 299, 139), fill=WHITE, outline=LINE)
    rounded(image, Box(40, 60, 120, 40), 4, BLUE)
    draw.rectangle((0, 200, 399, 299), fill=GREY)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    original = scene_of(image)
    lossy = build_scene(raster_of(Image.open(stream), lossless=False), 1.0)
    assert len(lossy.boxes) == len(original.boxes)
    for found, true in zip(lossy.boxes, original.boxes, strict=True):
        assert found.box.grown(1).contains(true.box)
        assert true.box.grown(1).contains(found.box)
        assert (found.frame is None) == (true.frame is None)
        assert max(abs(a - b) for a, b in zip(channels(found.fill), channels(true.fill), strict=True)) <= 3


def channels(colour: Colour) -> tuple[int, int, int]:
    return colour.red, colour.green, colour.blue
