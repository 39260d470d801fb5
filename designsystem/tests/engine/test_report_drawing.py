"""The drawings of the report take their looks from the values and from nothing else."""

from __future__ import annotations

from designsystem.engine.report.drawing import drawing_rules
from designsystem.tests.engine import sample_interface as sample

TOKENS = sample.token_set()
RULES = drawing_rules(TOKENS).splitlines()


def rule(*path: str) -> str:
    return RULES[[token.path for token in TOKENS].index(path)].partition("{")[2].rstrip("}")


def test_an_alias_is_drawn_as_its_target() -> None:
    assert rule("color", "role", "primary") == f"--colour:{sample.BLUE.hex}"


def test_a_text_style_is_set_in_its_colour_on_a_ground_that_shows_it() -> None:
    style = rule("typography", "small")
    assert style == "--font:600 13px/1.3 sans-serif;--tracking:0.4px;--colour:#ffffff;--ground:#16202e"


def test_a_border_lies_on_the_ground_of_the_picture() -> None:
    assert rule("border", "hairline") == f"--border:1px solid #d5dae1;--ground:{sample.PAGE.hex}"


def test_a_fully_round_corner_stays_fully_round() -> None:
    assert rule("radius", "full") == "--radius:9999px"
