"""The formula for one pair says what the formula for arrays says."""

from __future__ import annotations

import numpy as np
import pytest

from designsystem.engine.colour_space import ciede2000
from designsystem.engine.tokens.colour_distance import delta_e
from designsystem.engine.values import Colour


def test_pairs_have_the_distance_that_arrays_have() -> None:
    random = np.random.default_rng(2).integers(0, 256, (500, 2, 3))
    greys = np.repeat(np.random.default_rng(3).integers(0, 256, (50, 2, 1)), 3, axis=2)
    for one, other in [*random.tolist(), *greys.tolist(), [[0, 0, 0], [255, 255, 255]], [[7, 7, 7], [7, 7, 7]]]:
        expected = float(ciede2000(np.array(one), np.array(other)))
        assert delta_e(Colour(*one), Colour(*other)) == pytest.approx(expected, abs=1e-9)
