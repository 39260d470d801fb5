"""The annotated picture shows the evidence and nothing else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels
from designsystem.engine.report.overlay import KIND_COLOURS, draw_overlay
from designsystem.engine.tokens.token_set import GROUPS, TokenSet
from designsystem.tests.engine import sample_interface as sample


def read(png: bytes) -> Pixels:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def count(picture: Pixels, kind: str) -> int:
    return int((picture[: sample.HEIGHT] == KIND_COLOURS[kind]).all(axis=2).sum())


def moved_to(box: Box) -> TokenSet:
    """The first colour of the sample, seen at `box` only."""
    token = sample.token_set().tokens[0]
    assert token.evidence is not None
    return replace(sample.token_set(), tokens=(replace(token, evidence=replace(token.evidence, boxes=(box,))),))


def test_every_group_has_a_colour_of_its_own() -> None:
    assert set(KIND_COLOURS) == set(GROUPS)
    assert len(set(KIND_COLOURS.values())) == len(GROUPS)


def test_every_kind_is_drawn_even_where_boxes_coincide() -> None:
    picture = read(draw_overlay(sample.raster(), sample.token_set()))
    assert all(count(picture, kind) > 0 for kind in GROUPS)


def test_the_measured_pixels_stay_as_they_were() -> None:
    picture = read(draw_overlay(sample.raster(), sample.token_set(), kinds=["gradient"]))
    banner = sample.BANNER
    inside = np.s_[banner.y : banner.bottom, banner.x : banner.right]
    assert (picture[inside] == sample.paint()[inside]).all()


def test_only_the_kinds_asked_for_are_drawn() -> None:
    picture = read(draw_overlay(sample.paint(), sample.token_set(), kinds=["typography"]))
    assert {kind for kind in GROUPS if count(picture, kind)} == {"typography"}


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="colour"):
        draw_overlay(sample.paint(), sample.token_set(), kinds=["colour", "radius"])


def test_the_same_input_gives_the_same_bytes() -> None:
    assert draw_overlay(sample.raster(), sample.token_set()) == draw_overlay(sample.raster(), sample.token_set())


@pytest.mark.parametrize(
    "box",
    [Box(300, 300, 1, 1), Box(300, 300, 200, 1), Box(0, 0, 1, 1), Box(sample.WIDTH - 1, sample.HEIGHT - 1, 1, 1)],
    ids=["dot", "hairline", "first pixel", "last pixel"],
)
def test_even_a_single_pixel_gets_an_outline_that_can_be_seen(box: Box) -> None:
    picture = read(draw_overlay(sample.raster(), moved_to(box)))
    assert count(picture, "color") >= 16


def test_a_box_outside_the_picture_is_left_out() -> None:
    picture = read(draw_overlay(sample.raster(), moved_to(Box(5000, 5000, 10, 10))))
    assert count(picture, "color") == 0


def test_a_narrow_picture_gets_a_legend_of_several_rows() -> None:
    narrow = np.full((40, 120, 3), 255, dtype=np.uint8)
    assert read(draw_overlay(narrow, sample.token_set())).shape[0] > 40 + 4 * 30


def test_no_tokens_give_the_picture_with_a_note() -> None:
    empty = replace(sample.token_set(), tokens=())
    picture = read(draw_overlay(sample.raster(), empty))
    assert (picture[: sample.HEIGHT] == sample.paint()).all()
    assert picture.shape[0] > sample.HEIGHT
