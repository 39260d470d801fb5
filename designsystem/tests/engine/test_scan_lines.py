"""Two files are told apart by their scan lines exactly as by their pixels, whatever filters their writer chose."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from designsystem.engine.comparison.changed_regions import changed_regions
from designsystem.engine.comparison.difference import DifferenceSettings, Metric, compare
from designsystem.engine.containers import Container, read_container
from designsystem.engine.png_encoding import chunk, encode_png
from designsystem.engine.rgba import PicturePair, Rgba, decode_pair, decode_rgba
from designsystem.engine.scan_lines import differing_rows, read_scan_lines
from designsystem.tests import pictures

HEIGHT, WIDTH = 420, 37
FILTERS = st.lists(st.integers(0, 4), min_size=1, max_size=7)


def filtered(pixels: Rgba, filters: list[int], level: int = 6, size: tuple[int, int] | None = None) -> bytes:
    """A PNG whose rows take the filters by turns, after the specification's chapter 9."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels).astype(np.int64)
    padded = np.zeros((height + 1, channels + width * channels), np.int64)
    padded[1:, channels:] = rows
    left, up, corner = padded[1:, :-channels], padded[:-1, channels:], padded[:-1, :-channels]
    guess = left + up - corner
    distances = np.stack([abs(guess - left), abs(guess - up), abs(guess - corner)])
    paeth = np.choose(distances.argmin(axis=0), [left, up, corner])
    predicted = np.stack([np.zeros_like(rows), left, up, (left + up) // 2, paeth])
    kinds = np.resize(filters, height)  # one that does not exist predicts nothing
    lines = np.empty((height, 1 + width * channels), np.uint8)
    lines[:, 0] = kinds
    lines[:, 1:] = (rows - predicted[kinds % 5, np.arange(height)]) % 256
    header = struct.pack(">IIBBBBB", *(size or (width, height)), 8, 2 if channels == 3 else 6, 0, 0, 0)
    data = zlib.compress(lines.tobytes(), level)
    parts = [*chunk(b"IHDR", header), *chunk(b"IDAT", data), *chunk(b"IEND", b"")]
    return b"".join([b"\x89PNG\r\n\x1a\n", *parts])


def container(content: bytes) -> Container:
    found = read_container(content)
    assert found is not None
    return found


def page(channels: int, seed: int = 0) -> Rgba:
    random = np.random.default_rng(seed)
    return random.choice(np.array([0, 255, 17], np.uint8), (HEIGHT, WIDTH, channels))


@settings(max_examples=60)
@given(
    one=FILTERS,
    other=FILTERS,
    channels=st.sampled_from([3, 4]),
    changes=st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(0, 255)), max_size=5),
)
def test_nothing_that_differs_is_missed_and_what_is_near_it_is_decoded(
    one: list[int], other: list[int], channels: int, changes: list[tuple[int, int, int]]
) -> None:
    before = page(channels)
    after = before.copy()
    for y, x, value in changes:
        after[y, x] = value
    contents = filtered(before, one), filtered(after, other)
    sparse, whole = decode_pair(*contents), PicturePair(decode_rgba(contents[0]), decode_rgba(contents[1]))
    exact = DifferenceSettings(Metric.EXACT)
    found, wanted = compare(sparse, exact), compare(whole, exact)
    assert np.array_equal(found.changed, wanted.changed)
    assert (found.densest, found.compared) == (wanted.densest, wanted.compared)
    assert changed_regions(sparse, found.changed) == changed_regions(whole, wanted.changed)
    assert compare(sparse).excused == compare(whole).excused


def test_rows_apart_from_the_change_are_left_alone() -> None:
    before = page(3)
    after = before.copy()
    after[200, 5] = 99
    pair = decode_pair(filtered(before, [1, 2, 3, 4]), filtered(after, [1, 2, 3, 4]))
    ((top, bottom),) = pair.rows or ()
    assert 100 < top < 200 < bottom < 300
    assert not pair.picture[bottom:].any()
    assert np.array_equal(pair.picture[top:bottom], decode_rgba(filtered(after, [0]))[top:bottom])


def test_the_same_pixels_in_other_filters_are_no_difference() -> None:
    pair = decode_pair(filtered(page(4), [0]), filtered(page(4), [4, 3, 2]))
    assert compare(pair).count == 0


def test_pictures_that_are_no_two_of_a_kind_are_compared_whole() -> None:
    alpha = np.dstack([page(3), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    pair = decode_pair(filtered(page(3), [2]), filtered(alpha, [2]))
    assert pair.rows is None
    assert compare(pair).count == 0
    opaque, translucent = (read_scan_lines(container(filtered(each, [0]))) for each in (page(3), alpha))
    assert opaque is not None
    assert translucent is not None
    with pytest.raises(ValueError, match="shape"):
        differing_rows(opaque, translucent, 0)


def broken(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]


GOOD = filtered(page(3), [2])
ODD = {
    "a filter that does not exist": filtered(page(3), [0, 0, 5]),
    "damaged data": broken(GOOD, 60),
    "a wrong checksum": broken(GOOD, len(GOOD) - 14),
    "more rows than stated": filtered(page(3), [2], size=(WIDTH, 5)),
    "fewer rows than stated": filtered(page(3), [2], size=(WIDTH, HEIGHT + 5)),
    "a bomb": filtered(np.zeros((20_000, 300, 3), np.uint8), [0], 9, size=(4, 4)),
    "no end": GOOD[:-12],
    "palette": pictures.encoded(Image.open(io.BytesIO(GOOD)).convert("P")),
    "grey": pictures.encoded(Image.open(io.BytesIO(GOOD)).convert("L")),
    "sixteen bits": pictures.encoded(Image.fromarray(np.zeros((4, 4), np.uint16))),
    "a transparent colour": pictures.encoded(Image.open(io.BytesIO(GOOD)), transparency=(0, 0, 0)),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_or_damaged_is_left_to_the_decoder(name: str) -> None:
    assert read_scan_lines(container(ODD[name])) is None


def test_an_encoded_picture_is_read_as_it_was_part_by_part() -> None:
    parts = page(3), page(3, seed=1)[:3], page(3)[:0]
    found = np.array(Image.open(io.BytesIO(encode_png(*parts))))
    assert np.array_equal(found, np.vstack(parts))
    with pytest.raises(ValueError, match="none"):
        encode_png(np.zeros((0, 5, 3), np.uint8))
