"""Shadows of known offset, blur and alpha, drawn as Gaussians on several grounds."""

from __future__ import annotations

import pytest

from designsystem.engine.measures import shadow
from designsystem.engine.scene_building import build_scene
from designsystem.engine.values import Shadow, ShadowLayer
from designsystem.tests.engine.analytic_page import Page

WHITE, MIST, NIGHT, BLUE = (255, 255, 255), (244, 246, 248), (24, 28, 38), (13, 110, 253)


def layers(page: Page) -> list[ShadowLayer]:
    found = [o.value for o in shadow.measure(build_scene(page.raster(), page.ratio))]
    return [layer for value in found if isinstance(value, Shadow) for layer in value.layers]


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize(("y", "blur"), [(1, 3), (2, 4), (4, 12), (5, 15), (8, 24), (16, 40)])
def test_offset_and_blur_are_measured(y: int, blur: int, ratio: float) -> None:
    page = Page(420, 320, MIST, ratio)
    page.shadow(100, 90, 220, 120, (0, y), blur, 0.25)
    page.box(100, 90, 220, 120, WHITE)
    (layer,) = layers(page)
    assert layer.offset_x == 0
    assert layer.offset_y == pytest.approx(y, abs=1)
    assert layer.blur == pytest.approx(blur, abs=max(1.5, 0.15 * blur))
    assert layer.colour.alpha == pytest.approx(0.25, abs=0.08)


def test_the_colour_of_a_shadow_is_unmixed_from_its_ground() -> None:
    page = Page(420, 320)
    page.shadow(100, 90, 220, 120, (0, 6), 18, 0.3, colour=(0, 60, 200))
    page.box(100, 90, 220, 120, BLUE)
    (layer,) = layers(page)
    assert layer.colour.blue > layer.colour.green > layer.colour.red
    assert layer.colour.alpha == pytest.approx(0.3, abs=0.08)


def test_a_sideways_shadow_and_a_spread_are_seen() -> None:
    page = Page(420, 320)
    page.shadow(100, 90, 220, 120, (6, 6), 12, 0.3, spread=4)
    page.box(100, 90, 220, 120, MIST)
    (layer,) = layers(page)
    assert layer.offset_x == pytest.approx(6, abs=1)
    assert layer.spread == pytest.approx(4, abs=1.5)


def test_a_bar_across_the_page_has_its_shadow_below() -> None:
    page = Page(420, 240)
    page.shadow(-50, -10, 520, 66, (0, 2), 8, 0.3)
    page.box(-50, -10, 520, 66, BLUE)
    (layer,) = layers(page)
    assert layer.offset_y == pytest.approx(2, abs=2)
    assert layer.blur == pytest.approx(8, abs=2)


def test_cards_alike_are_one_shadow() -> None:
    page = Page(700, 240)
    for left in (40, 260, 480):
        page.shadow(left, 60, 180, 100, (0, 4), 10, 0.2)
    for left in (40, 260, 480):
        page.box(left, 60, 180, 100, MIST)
    (observation,) = shadow.measure(build_scene(page.raster(), 1.0))
    assert observation.count == 3


def test_flat_boxes_frames_and_neighbours_have_no_shadow() -> None:
    page = Page(420, 320)
    page.box(20, 20, 180, 80, BLUE)
    page.box(20, 110, 180, 80, WHITE, line=(206, 212, 218))
    page.box(220, 20, 90, 80, MIST)
    page.box(310, 20, 90, 80, (230, 232, 236))
    page.box(20, 210, 40, 40, BLUE, radius=20)
    assert layers(page) == []


def test_a_picture_of_nothing_has_no_shadow() -> None:
    assert layers(Page(1, 1)) == []
    assert layers(Page(60, 40, NIGHT)) == []
