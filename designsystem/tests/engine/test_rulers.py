"""The same words tell their size to a few tenths of a per cent, and other words tell nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import extract
from designsystem.engine.raster import Raster
from designsystem.engine.scene import TextLine
from designsystem.engine.text.find import find_text
from designsystem.engine.text.rulers import ink_marks, ruler, size_by
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.tests import pictures

FINE = 8


def line(text: str, size: float, spacing: float = 0.0, stretch: float = 1.0) -> TextLine:
    """`text` as found in a picture without hinting, its letters `spacing` px further apart, `stretch` times as wide."""
    image = Image.new("L", (800 * FINE, 120 * FINE), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size * FINE)
    x = 20.0 * FINE
    for letter in text:
        draw.text((x, 30 * FINE), letter, 31, font=font)
        x += font.getlength(letter) + spacing * FINE
    shown = image.resize((round(800 * stretch), 120), Image.Resampling.BOX).convert("RGB")
    (found,) = find_text(Raster(np.ascontiguousarray(shown), "image/png", "0" * 64), 2.0)
    return found


@pytest.mark.parametrize("text", ["Monthly overview", "Payment methods", "Settings"])
@pytest.mark.parametrize("size", [46, 50, 64])
def test_the_same_words_tell_their_size(text: str, size: int) -> None:
    known = ruler(line(text, 48), 24, 2.0)
    assert known is not None
    told = size_by([known], line(text, size), 2.0)
    assert told is not None
    assert told[0] == pytest.approx(size / 2, rel=0.006)


def test_of_several_rulers_that_of_the_same_words_counts() -> None:
    texts = ["Payment methods", "Monthly overview", "Recent invoices"]
    known = [each for text in texts if (each := ruler(line(text, 40), 20, 2.0)) is not None]
    told = size_by(known, line("Monthly overview", 42), 2.0)
    assert told is not None
    assert told[1] == 1


@pytest.mark.parametrize("other", ["Monthly overviews", "Weekly overview", "Recent invoices", "Monthly"])
def test_other_words_tell_nothing(other: str) -> None:
    known = ruler(line("Monthly overview", 48), 24, 2.0)
    assert known is not None
    assert size_by([known], line(other, 48), 2.0) is None


def test_words_that_are_set_wider_are_not_larger() -> None:
    known = ruler(line("Monthly overview", 48), 24, 2.0)
    assert known is not None
    assert size_by([known], line("Monthly overview", 48, spacing=3), 2.0) is None
    assert size_by([known], line("Monthly overview", 48, stretch=1.1), 2.0) is None


def test_a_few_letters_and_no_ink_are_no_ruler() -> None:
    assert ruler(line("Pay", 48), 24, 2.0) is None
    assert ruler(replace(line("Payment", 48), marks=()), 24, 2.0) is None
    assert ink_marks(np.zeros((5, 9), np.float32)) == ()


def test_rulers_outlive_their_document() -> None:
    tokens = extract(pictures.page(), pixel_ratio=1.0).token_set
    again = from_dtcg(json.loads(dtcg.export(tokens)))
    kept = [token.evidence.rulers for token in again.group("typography") if token.evidence]
    assert kept == [token.evidence.rulers for token in tokens.group("typography") if token.evidence]
    assert any(kept)


@pytest.mark.parametrize(
    "wrong",
    [
        {"marks": [0, 1], "height": 0.5},
        {"marks": list(range(16)), "height": 0},
        {"marks": list(range(16, 0, -1)), "height": 0.5},
        {"marks": [0] * 16, "height": 0.5},
        {"marks": [*range(15), 1e300], "height": 0.5},
        {"marks": [*range(15), True], "height": 0.5},
        {"marks": list(range(16)), "height": 0.5, "letter": "a"},
        {"marks": list(range(16))},
        [],
    ],
)
def test_what_is_no_ruler_is_refused(wrong: Any) -> None:
    document = json.loads(dtcg.export(extract(pictures.page(), pixel_ratio=1.0).token_set))
    style = next(iter(each for name, each in document["typography"].items() if not name.startswith("$")))
    style["$extensions"]["dev.loupe"]["evidence"]["rulers"] = [wrong]
    with pytest.raises(DocumentError):
        from_dtcg(document)
