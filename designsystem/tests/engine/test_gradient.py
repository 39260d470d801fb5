"""Gradients of known stops and angle, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

from designsystem.engine.measures import gradient
from designsystem.engine.observation import Observation
from designsystem.engine.scene_building import build_scene
from designsystem.engine.values import Colour, Gradient, GradientKind
from designsystem.tests.engine.analytic_page import Page

TEAL, PLUM = (26, 187, 156), (121, 40, 202)


def observed(page: Page) -> list[Observation]:
    return gradient.measure(build_scene(page.raster(), page.ratio))


def gradients(page: Page) -> list[Gradient]:
    return [o.value for o in observed(page) if isinstance(o.value, Gradient)]


def off(colour: Colour, true: tuple[int, int, int]) -> int:
    return max(abs(a - b) for a, b in zip((colour.red, colour.green, colour.blue), true, strict=True))


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("angle", [45, 90, 135, 180])
def test_a_linear_gradient_shows_its_angle_and_both_ends(angle: int, ratio: float) -> None:
    page = Page(400, 200, ratio=ratio)
    page.gradient(40, 40, 300, 100, TEAL, PLUM, angle)
    (found,) = gradients(page)
    assert found.kind is GradientKind.LINEAR
    assert found.angle == pytest.approx(angle, abs=2)
    assert [stop.position for stop in found.stops] == [0, 1]
    assert off(found.stops[0].colour, TEAL) <= 6
    assert off(found.stops[-1].colour, PLUM) <= 6


def test_a_radial_gradient_is_told_from_a_linear_one() -> None:
    page = Page(400, 260)
    ys, xs = np.mgrid[:200, :200] + 0.5
    share = np.clip(np.hypot(xs - 100, ys - 100) / np.hypot(100, 100), 0, 1)[..., None]
    page.canvas[30:230, 100:300] = np.round((1 - share) * np.array(TEAL) + share * np.array(PLUM))
    (found,) = gradients(page)
    assert found.kind is GradientKind.RADIAL
    assert found.angle is None
    assert off(found.stops[0].colour, TEAL) <= 10


def test_a_stop_in_between_is_found() -> None:
    page = Page(400, 200)
    page.gradient(40, 40, 150, 100, TEAL, PLUM, 90)
    page.gradient(190, 40, 150, 100, PLUM, TEAL, 90)
    (found,) = gradients(page)
    assert len(found.stops) == 3
    assert found.stops[1].position == pytest.approx(0.5, abs=0.05)
    assert off(found.stops[1].colour, PLUM) <= 8


def test_text_on_a_gradient_does_not_hide_it_and_the_area_is_told() -> None:
    page = Page(400, 200)
    page.gradient(40, 40, 300, 100, TEAL, PLUM, 135)
    for left in range(60, 200, 9):
        page.box(left, 60, 2, 12, (255, 255, 255))
    (observation,) = observed(page)
    box = observation.boxes[0]
    assert abs(box.x - 40) <= 4
    assert abs(box.right - 340) <= 4
    assert observation.share == pytest.approx(300 * 100 / (400 * 200), abs=0.05)


def test_the_same_gradient_twice_is_one_value() -> None:
    page = Page(400, 200)
    page.gradient(20, 40, 100, 60, TEAL, PLUM, 135)
    page.gradient(220, 40, 100, 60, TEAL, PLUM, 135)
    (observation,) = observed(page)
    assert observation.count == 2


def test_flat_fills_shadows_and_noise_are_no_gradients() -> None:
    page = Page(420, 320)
    page.shadow(100, 60, 220, 80, (0, 10), 30, 0.3)
    page.box(100, 60, 220, 80, (240, 240, 244))
    page.box(20, 200, 120, 60, TEAL, radius=12)
    noise = np.random.default_rng(2).normal(128, 30, (80, 120, 3))
    page.canvas[220:300, 200:320] = np.clip(noise, 0, 255)
    assert gradients(page) == []


def test_a_picture_of_nothing_has_no_gradient() -> None:
    assert gradients(Page(1, 1)) == []
    assert gradients(Page(60, 40)) == []
