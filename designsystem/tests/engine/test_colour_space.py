"""Our array arithmetic against coloraide, colour by colour."""

from __future__ import annotations

import numpy as np
import pytest
from coloraide import Color

from designsystem.engine.colour_space import as_rgb, ciede2000, contrast_ratio, lab_d65, oklch
from designsystem.engine.values import Colour

_SAMPLES = np.vstack(
    [
        np.random.default_rng(7).integers(0, 256, (300, 3)),
        [[0, 0, 0], [255, 255, 255], [128, 128, 128], [127, 128, 128], [255, 0, 0], [0, 0, 255]],
    ]
)


def _reference(rgb: np.ndarray) -> Color:
    return Color("srgb", [int(channel) / 255 for channel in rgb])


def test_ciede2000_agrees_with_coloraide() -> None:
    others = np.roll(_SAMPLES, 1, axis=0)
    expected = [
        _reference(a).delta_e(_reference(b), method="2000", space="lab-d65")
        for a, b in zip(_SAMPLES, others, strict=True)
    ]
    np.testing.assert_allclose(ciede2000(_SAMPLES, others), expected, atol=1e-4)


def test_ciede2000_of_every_pair_is_one_call() -> None:
    table = ciede2000(_SAMPLES[:, None], _SAMPLES[None, :])
    assert table.shape == (len(_SAMPLES), len(_SAMPLES))
    np.testing.assert_allclose(table, table.T, atol=1e-9)
    assert table.diagonal().max() < 1e-9


def test_oklch_agrees_with_coloraide() -> None:
    for rgb in _SAMPLES:
        lightness, chroma, hue = oklch(rgb)
        expected = _reference(rgb).convert("oklch", norm=False).coords()
        assert (lightness, chroma) == pytest.approx(expected[:2], abs=1e-6)
        if chroma > 1e-3:
            assert hue == pytest.approx(expected[2], abs=1e-2)


def test_lab_agrees_with_coloraide() -> None:
    for rgb in _SAMPLES:
        np.testing.assert_allclose(lab_d65(rgb), _reference(rgb).convert("lab-d65").coords(), atol=1e-4)


def test_contrast_agrees_with_wcag() -> None:
    assert contrast_ratio([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    for one, other in zip(_SAMPLES, np.roll(_SAMPLES, 1, axis=0), strict=True):
        expected = _reference(one).contrast(_reference(other), method="wcag21")
        assert contrast_ratio(one, other) == pytest.approx(expected, rel=1e-3)


def test_colours_become_rows_of_bytes() -> None:
    assert as_rgb([Colour(1, 2, 3), Colour.from_hex("#ff0080")]).tolist() == [[1, 2, 3], [255, 0, 128]]
    assert as_rgb([]).shape == (0, 3)
