"""Changes are grouped and named as a person would name them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from designsystem.engine.comparison.changed_regions import Change, Region, changed_regions
from designsystem.engine.comparison.difference import DifferenceSettings, Metric, compare
from designsystem.engine.geometry import Box
from designsystem.engine.rgba import PicturePair, Rgba

BUTTON = "#2456c9"
PLACE = Box(40, 40, 90, 32)


def page(
    button: Box | None = PLACE, colour: str = BUTTON, text: str = "Save", at: float = 55.0, size: int = 15
) -> Rgba:
    image = Image.new("RGBA", (300, 200), "#f4f6f9")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 150, 290, 152), fill="#dde3ea")
    if button:
        draw.rectangle((button.x, button.y, button.right - 1, button.bottom - 1), fill=colour)
        if text:
            draw.text((at + button.x - 40, button.y + 6), text, fill="white", font=ImageFont.load_default(size))
    return np.array(image)


def regions(one: Rgba, other: Rgba) -> tuple[Region, ...]:
    pair = PicturePair(one, other)
    return changed_regions(pair, compare(pair, DifferenceSettings(metric=Metric.EXACT)).changed)


def test_nothing_changed_is_no_region() -> None:
    assert regions(page(), page()) == ()


def test_what_is_new_was_added_and_what_is_gone_was_removed() -> None:
    (added,) = regions(page(None), page())
    assert (added.kind, added.box, added.pixels) == (Change.ADDED, Box(40, 40, 90, 32), 90 * 32)
    (removed,) = regions(page(), page(None))
    assert (removed.kind, removed.box) == (Change.REMOVED, Box(40, 40, 90, 32))


def test_another_colour_of_the_same_shapes_is_a_change_of_colour() -> None:
    (region,) = regions(page(text=""), page(text="", colour="#2b5fd6"))
    assert region.kind is Change.COLOUR


def test_a_short_way_and_a_long_way_are_both_moves() -> None:
    (near,) = regions(page(), page(Box(44, 43, 90, 32), at=55))
    assert (near.kind, near.moved_by) == (Change.MOVED, (4, 3))
    far = regions(page(), page(Box(180, 40, 90, 32), at=55))
    assert [(each.kind, each.moved_by) for each in far] == [(Change.MOVED, (140, 0))] * 2


def test_text_that_is_drawn_a_little_differently_is_a_matter_of_rendering() -> None:
    other = page()
    letters = other[44:68, 50:120]
    letters[:] = np.array(Image.fromarray(letters).filter(ImageFilter.GaussianBlur(0.4)))
    (region,) = regions(page(), other)
    assert region.kind is Change.TEXT_RENDERING


def test_another_word_is_a_change() -> None:
    kinds = {region.kind for region in regions(page(text="Save"), page(text="Exit"))}
    assert kinds == {Change.CHANGED}


def test_changes_that_are_apart_are_regions_of_their_own_in_reading_order() -> None:
    other = page()
    other[10:14, 250:254] = (255, 0, 0, 255)
    other[190:193, 5:9] = (255, 0, 0, 255)
    found = regions(page(), other)
    assert [region.box for region in found] == [Box(250, 10, 4, 4), Box(5, 190, 4, 3)]
