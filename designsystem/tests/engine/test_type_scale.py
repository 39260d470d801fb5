"""Sizes are found together, from heights that hinting has rounded and from widths that it has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np
import pytest

from designsystem.engine.geometry import Box
from designsystem.engine.scene import TextLine
from designsystem.engine.text.families import COMMON, FAMILIES, Family
from designsystem.engine.text.scale import find_setting
from designsystem.engine.values import Colour

BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)
BY_NAME = {family.name: family for family in FAMILIES}


def line(family: Family, size: float, ratio: float, letters: int = 30) -> TextLine:
    """A regular line as a browser paints it: below a ratio of 1.5 heights are hinted to whole pixels."""
    device = size * ratio
    em = family.x_height[0]
    x_height, upper = em * device, family.upper * device
    if ratio < 1.5:
        rows = floor(x_height + 0.625)
        x_height, upper = float(rows), float(round(family.upper / em * rows))
    return TextLine(
        box=Box(0, 0, round(letters * device / 2), round(device)),
        baseline=device,
        x_height=x_height,
        cap_height=upper,
        stroke=0.09 * device,
        glyphs=letters,
        ink=BLACK,
        ink_exact=True,
        ground=WHITE,
        letter_width=family.letter[0] * device,
        letters_measured=letters // 2,
        advance=family.advance[0] * device,
        steps=letters - 6,
    )


def sizes_of(lines: list[TextLine], ratio: float, expected: Sequence[float] = ()) -> tuple[float, ...]:
    return find_setting(lines, np.zeros(len(lines), dtype=np.bool_), ratio, expected).sizes


@pytest.mark.parametrize("name", ["Arial", "Noto Sans", "Times New Roman", "Roboto", "Inter"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_usual_sizes_of_a_page_are_found(name: str, ratio: float) -> None:
    lines = [line(BY_NAME[name], size, ratio) for size in [16.0] * 12 + [12.0] * 3 + [24.0, 32.0]]
    found = sizes_of(lines, ratio)
    assert [found[0], found[12], found[-2], found[-1]] == pytest.approx([16, 12, 24, 32], rel=0.04)


def test_a_size_that_a_design_has_is_found_however_unusual() -> None:
    lines = [line(BY_NAME["Roboto"], size, 2.0) for size in [15.5] * 12 + [23.0]]
    assert sizes_of(lines, 2.0) != pytest.approx([15.5] * 12 + [23.0], rel=0.01)
    assert sizes_of(lines, 2.0, [15.5, 23.0]) == pytest.approx([15.5] * 12 + [23.0], rel=0.001)


@pytest.mark.parametrize("painted", [23.0, 24.0, 25.0])
def test_a_heading_that_misses_its_size_by_a_pixel_is_not_read_as_right(painted: float) -> None:
    lines = [line(BY_NAME["Roboto"], size, 2.0) for size in [16.0] * 12 + [painted] * 2]
    assert sizes_of(lines, 2.0, [16.0, 24.0])[-1] == painted


def test_sizes_that_no_text_has_are_expected_in_vain() -> None:
    lines = [line(BY_NAME["Arial"], 16.0, 1.0)] * 6
    assert sizes_of(lines, 1.0, [0.0, -4.0, 1e9, 1e-9]) == sizes_of(lines, 1.0)


def test_widths_part_two_sizes_that_hinting_gives_one_height() -> None:
    family = BY_NAME["Arial"]
    small, large = line(family, 12.0, 1.0), line(family, 13.0, 1.0)
    if small.x_height != large.x_height:
        pytest.fail("the example no longer shows the case: choose sizes whose x-heights round alike")
    found = sizes_of([line(family, 16.0, 1.0)] * 12 + [small] * 4 + [large] * 4, 1.0)
    assert found[12] == pytest.approx(12, abs=0.5)
    assert found[16] == pytest.approx(13, abs=0.5)
    assert found[12] < found[16]


def test_monospaced_letters_show_their_size_by_their_distance_alone() -> None:
    lines = [line(BY_NAME["Arial"], 16.0, 1.0)] * 8
    code = TextLine(
        Box(0, 0, 200, 13), 13.0, 7.0, 10.0, 1.2, 25, BLACK, True, WHITE, 6.0, 12, advance=0.6 * 13, steps=20, even=True
    )
    assert code.monospaced
    assert sizes_of([*lines, code], 1.0)[-1] == pytest.approx(13, abs=0.3)


@pytest.mark.parametrize("steps", [4, 9])
def test_a_few_letters_at_equal_distances_by_chance_keep_the_size_of_the_page(steps: int) -> None:
    usual = [line(BY_NAME["Noto Sans"], 16, 1.0)] * 12
    word = replace(usual[0], advance=0.5 * 16, steps=steps, glyphs=steps + 1, letters_measured=2, even=True)
    assert sizes_of([*usual, word], 1.0)[-1] == sizes_of(usual, 1.0)[0]


def test_every_line_gets_a_size_even_one_that_fits_nothing() -> None:
    odd = TextLine(Box(0, 0, 9, 9), 9.0, None, 1.0, None, 2, BLACK, False, WHITE)
    assert len(sizes_of([odd], 1.0)) == 1


def test_the_best_family_comes_first_and_its_probability_is_one_of_all() -> None:
    setting = find_setting([line(BY_NAME["Times New Roman"], 16.0, 2.0)] * 10, np.zeros(10, dtype=np.bool_), 2.0)
    names = [name for name, _ in setting.families]
    shares = [share for _, share in setting.families]
    assert names[0] == "Times New Roman"
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_families_are_listed_once_with_plausible_measures() -> None:
    assert len(BY_NAME) == len(FAMILIES)
    assert set(COMMON) <= set(BY_NAME)
    for family in FAMILIES:
        assert 0.4 < min(family.x_height) <= max(family.x_height) < family.capital < 0.85
        assert max(family.x_height) < family.upper < 0.85
        for regular, bold in (family.letter, family.advance):
            assert 0.3 < regular < bold < 0.75
