"""The whole way from a file to a document."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import Stage, extract


def _png(rgb: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def card() -> bytes:
    """A blue button on a white card on a grey page."""
    page = np.full((300, 400, 3), 240, dtype=np.uint8)
    page[40:260, 40:360] = 255
    page[100:140, 80:200] = (13, 110, 253)
    return _png(page)


def test_the_source_is_named_by_its_digest_and_ratio(card: bytes) -> None:
    source = extract(card, pixel_ratio=2).token_set.source
    assert source.sha256 == hashlib.sha256(card).hexdigest()
    assert (source.width, source.height, source.media_type) == (400, 300, "image/png")
    assert (source.pixel_ratio, source.pixel_ratio_given, source.pixel_ratio_confidence) == (2, True, 1)


def test_a_ratio_that_is_not_given_is_found_and_said_to_be_found(card: bytes) -> None:
    source = extract(card).token_set.source
    assert not source.pixel_ratio_given
    assert 0 < source.pixel_ratio_confidence <= 1


def test_a_path_and_its_bytes_give_the_same_document(card: bytes, tmp_path: Path) -> None:
    file = tmp_path / "card.jpeg"  # the extension lies
    file.write_bytes(card)
    assert dtcg.export(extract(file).token_set) == dtcg.export(extract(card).token_set)


def test_progress_names_each_stage_in_order_and_each_is_timed(card: bytes) -> None:
    heard: list[Stage] = []
    extraction = extract(card, progress=heard.append)
    assert heard == sorted(heard, key=list(Stage).index)
    assert list(extraction.timings) == heard
    assert heard[0] == Stage.DECODING
    assert heard[-1] == Stage.NAMING


@pytest.mark.parametrize("ratio", [0, -1, 0.1, 9, float("nan"), float("inf")])
def test_a_ratio_that_no_screen_has_is_refused(card: bytes, ratio: float) -> None:
    with pytest.raises(PictureError) as refused:
        extract(card, pixel_ratio=ratio)
    assert refused.value.reason is Reason.BAD_PIXEL_RATIO


def test_what_is_no_picture_is_refused_with_a_reason() -> None:
    with pytest.raises(PictureError) as refused:
        extract(b"<svg/>")
    assert refused.value.reason is Reason.UNSUPPORTED_TYPE
