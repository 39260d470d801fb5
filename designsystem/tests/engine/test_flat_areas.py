"""Touching runs become one area whatever the order in which they touch."""

from __future__ import annotations

import numpy as np
import pytest

from designsystem.engine.regions.flat_areas import find_flat_areas, pack


def areas(rows: list[str]) -> int:
    """The number of areas of a picture drawn with letters, one a colour."""
    letters = np.array([[ord(letter) for letter in row] for row in rows], dtype=np.uint8)
    return len(find_flat_areas(pack(np.repeat(letters[..., None], 3, axis=2))).size)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["a"], 1),
        (["ab", "ba"], 4),
        (["a.a.a", "aaaaa"], 3),
        (["aaaaa", "a.a.a"], 3),
        ([".....", ".aaa.", ".a.a.", ".aaa.", "....."], 3),
        (["aaaaaa", ".....a", "aaaa.a", "a....a", "aaaaaa"], 2),
    ],
    ids=["pixel", "corners do not touch", "comb", "comb upside down", "ring", "spiral"],
)
def test_areas_are_joined_through_every_row(rows: list[str], expected: int) -> None:
    assert areas(rows) == expected


def test_a_serpentine_is_one_area() -> None:
    turn = 40 * ["#" * 41, "." * 40 + "#", "#" * 41, "#" + "." * 40]
    assert areas(turn) == 1 + 80


def test_components_agree_with_a_flood_fill_on_noise() -> None:
    noise = np.random.default_rng(7).integers(0, 3, (60, 80), dtype=np.uint8)
    found = find_flat_areas(pack(np.repeat(noise[..., None], 3, axis=2)))
    assert len(found.size) == _flood(noise)
    assert int(found.size.sum()) == noise.size


def _flood(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    seen = np.zeros(pixels.shape, dtype=bool)
    count = 0
    for start in np.ndindex(*pixels.shape):
        if seen[start]:
            continue
        count += 1
        waiting = [start]
        seen[start] = True
        while waiting:
            row, column = waiting.pop()
            for near in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                inside = 0 <= near[0] < pixels.shape[0] and 0 <= near[1] < pixels.shape[1]
                if inside and not seen[near] and pixels[near] == pixels[row, column]:
                    seen[near] = True
                    waiting.append(near)
    return count
