"""Values are written as the CSS that draws them."""

from __future__ import annotations

import pytest

from designsystem.engine.report.drawing import css_text, drawing_rules
from designsystem.engine.values import (
    Border,
    Colour,
    FontClass,
    Gradient,
    GradientKind,
    GradientStop,
    LineStyle,
    Radius,
    Shadow,
    ShadowLayer,
    Spacing,
    Typography,
    Value,
)
from designsystem.tests.engine import sample_interface as sample

INK = Colour(22, 32, 46)
VEIL = Colour(0, 0, 0, 0.125)
STOPS = (GradientStop(INK, 0.0), GradientStop(VEIL, 1.0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (INK, "#16202e"),
        (VEIL, "rgb(0 0 0 / 0.125)"),
        (Typography(16, 400, INK), "400 16px sans-serif"),
        (
            Typography(13.5, 700, INK, 1.25, 0.2, FontClass.MONO, ("Fira Code",)),
            '700 13.5px/1.25 "Fira Code", monospace',
        ),
        (Spacing(0.5), "0.5px"),
        (Radius(8), "8px"),
        (Radius(12, full=True), "9999px"),
        (Border(1.5, INK, LineStyle.DASHED), "1.5px dashed #16202e"),
        (Shadow((ShadowLayer(0, 4, 12, -2, VEIL),)), "0 4px 12px -2px rgb(0 0 0 / 0.125)"),
        (Shadow((ShadowLayer(0, 1, 0, 0, INK, inset=True),) * 2), "inset 0 1px 0 0 #16202e, inset 0 1px 0 0 #16202e"),
        (Gradient(GradientKind.LINEAR, 135, STOPS), "linear-gradient(135deg, #16202e 0%, rgb(0 0 0 / 0.125) 100%)"),
        (Gradient(GradientKind.RADIAL, None, STOPS), "radial-gradient(#16202e 0%, rgb(0 0 0 / 0.125) 100%)"),
    ],
)
def test_css_text_of(value: Value, text: str) -> None:
    assert css_text(value) == text


def test_an_alias_is_drawn_as_its_target() -> None:
    tokens = sample.token_set()
    rules = drawing_rules(tokens).splitlines()
    index = [token.path for token in tokens].index(("color", "role", "primary"))
    assert rules[index] == f"#t{index}{{--colour:{sample.BLUE.hex}}}"
