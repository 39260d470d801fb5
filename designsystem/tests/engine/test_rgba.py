"""The fast decoder of comparisons gives what the careful one gives, and refuses what it refuses."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.rgba import decode_pair, decode_rgba, on_white
from designsystem.tests import pictures

PAGE = Image.open(io.BytesIO(pictures.page()))
VARIANTS = {
    "plain": pictures.page(),
    "grey": pictures.encoded(PAGE.convert("L")),
    "palette": pictures.encoded(PAGE.convert("P")),
    "bilevel": pictures.encoded(PAGE.convert("1")),
    "jpeg": pictures.encoded(PAGE, "JPEG"),
    "profile": pictures.encoded(PAGE, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
    **pictures.ODD,
}


@pytest.mark.parametrize("name", VARIANTS)
def test_colours_are_those_of_the_careful_decoder(name: str) -> None:
    found = decode_rgba(VARIANTS[name])
    assert found.shape[2] == 4
    assert np.array_equal(on_white(found), decode(VARIANTS[name]).rgb)


def test_alpha_is_kept_so_that_its_change_is_one() -> None:
    pixels = np.full((20, 30, 4), (10, 20, 30, 128), np.uint8)
    content = pictures.encoded(Image.fromarray(pixels))
    assert np.array_equal(decode_rgba(content), pixels)
    assert np.array_equal(on_white(decode_rgba(content)), decode(content).rgb)


@pytest.mark.parametrize("name", [name for name in pictures.BAD if name != "transparent"])
def test_what_is_no_picture_is_refused_as_by_the_careful_decoder(name: str) -> None:
    content = pictures.BAD[name][0]
    with pytest.raises(PictureError) as fast:
        decode_rgba(content)
    with pytest.raises(PictureError) as careful:
        decode(content)
    assert fast.value.reason is careful.value.reason


def test_limits_hold_before_anything_is_decoded() -> None:
    with pytest.raises(PictureError) as caught:
        decode_rgba(pictures.page(), Limits(max_pixels=100))
    assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_the_same_bytes_are_decoded_once() -> None:
    pair = decode_pair(pictures.page(), pictures.page())
    assert pair.baseline is pair.picture
    assert pair.rows == ()
