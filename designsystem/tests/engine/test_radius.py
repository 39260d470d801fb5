"""Corner radii on drawn boxes of known radius."""

from __future__ import annotations

import pytest

from designsystem.engine.measures import radius
from designsystem.engine.observation import Observation
from designsystem.engine.scene_building import build_scene
from designsystem.engine.values import Radius
from designsystem.tests.engine.analytic_page import Page

BLUE, GREY, WHITE = (13, 110, 253), (206, 212, 218), (255, 255, 255)


def observed(page: Page) -> list[Observation]:
    return radius.measure(build_scene(page.raster(), page.ratio))


def radii(page: Page) -> list[Radius]:
    return [o.value for o in observed(page) if isinstance(o.value, Radius)]


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("true", [2, 4, 6, 8, 12, 16, 24])
def test_a_filled_box_shows_its_radius(true: int, ratio: float) -> None:
    page = Page(240, 120, ratio=ratio)
    page.box(20, 20, 200, 80, BLUE, radius=true)
    (found,) = radii(page)
    assert found.px == pytest.approx(true, abs=0.5)
    assert not found.full


@pytest.mark.parametrize("true", [3, 4, 6, 8, 16])
@pytest.mark.parametrize("line_width", [1, 2])
def test_a_framed_box_on_its_own_ground_shows_the_outer_radius(true: int, line_width: int) -> None:
    page = Page(240, 120)
    page.box(20, 20, 200, 80, WHITE, radius=true, line=GREY, line_width=line_width)
    (found,) = radii(page)
    assert found.px == pytest.approx(true, abs=0.75)


def test_a_square_box_has_no_radius() -> None:
    page = Page(240, 120)
    page.box(20, 20, 200, 80, BLUE)
    assert radii(page) == []


@pytest.mark.parametrize("size", [8, 10, 16, 24, 40, 56])
def test_a_circle_is_fully_round(size: int) -> None:
    page = Page(160, 100)
    page.box(30, 20, size, size, BLUE, radius=size / 2)
    assert [found.full for found in radii(page)] == [True]


@pytest.mark.parametrize(("width", "height"), [(44, 18), (90, 33), (200, 48)])
def test_a_pill_is_fully_round(width: int, height: int) -> None:
    page = Page(260, 100)
    page.box(20, 20, width, height, BLUE, radius=999)
    assert [found.full for found in radii(page)] == [True]


def test_boxes_alike_are_one_value_with_all_their_places() -> None:
    page = Page(400, 120)
    for left in (10, 140, 270):
        page.box(left, 20, 110, 60, BLUE, radius=8)
    (observation,) = observed(page)
    assert observation.count == 3
    assert {box.x for box in observation.boxes} == {10, 140, 270}


def test_different_radii_stay_apart_in_ascending_order() -> None:
    page = Page(400, 300)
    page.box(10, 10, 100, 60, BLUE, radius=4)
    page.box(10, 90, 100, 60, BLUE, radius=12)
    page.box(10, 170, 40, 40, BLUE, radius=20)
    assert [(round(found.px), found.full) for found in radii(page)] == [(4, False), (12, False), (20, True)]


def test_two_rounded_corners_are_enough() -> None:
    page = Page(240, 160)
    page.box(20, 20, 200, 100, BLUE, radius=10)
    page.canvas[70:130, 20:220] = 255
    assert [found.px for found in radii(page)] == [pytest.approx(10, abs=0.5)]


@pytest.mark.parametrize("ground", [(255, 255, 255), (248, 249, 250), (20, 24, 32)])
def test_a_shadow_behind_the_corner_does_not_bend_it(ground: tuple[int, int, int]) -> None:
    page = Page(300, 200, ground=ground)
    page.shadow(40, 40, 200, 100, (0, 4), 12, 0.2)
    page.box(40, 40, 200, 100, (230, 240, 250), radius=12)
    (found,) = radii(page)
    assert found.px == pytest.approx(12, abs=1)


def test_a_picture_of_nothing_has_no_radius() -> None:
    assert radii(Page(1, 1)) == []
    assert radii(Page(50, 40)) == []


def test_a_round_picture_is_found_by_its_outline() -> None:
    page = Page(160, 120)
    page.gradient(40, 30, 60, 60, (26, 187, 156), (121, 40, 202), 135)
    painted = page.canvas.copy()
    page.canvas[...] = 255
    page.box(40, 30, 60, 60, (0, 0, 0), radius=30)
    coverage = 1 - page.canvas / 255
    page.canvas[...] = painted * coverage + 255 * (1 - coverage)
    assert [found.full for found in radii(page)] == [True]


def test_a_framed_pill_is_fully_round() -> None:
    page = Page(200, 80)
    page.box(40, 20, 60, 24, (238, 252, 227), radius=12, line=(66, 129, 14))
    assert [found.full for found in radii(page)] == [True]
