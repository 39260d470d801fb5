"""The style sheets, read again by a CSS parser."""

from __future__ import annotations

import re

import pytest
import tinycss2
from tinycss2.ast import AtRule, Declaration, Node, ParseError, QualifiedRule

from designsystem.engine.exporters import css, tailwind
from designsystem.engine.exporters.css_values import comment, number, quoted
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Typography
from designsystem.tests.engine.sample_tokens import HOSTILE, hostile, sample

_SETS = pytest.mark.parametrize("token_set", [sample(), hostile()], ids=["sample", "hostile"])
_REFERENCE = re.compile(r"var\((--[\w-]+)\)")


def _declarations(style_sheet: str, rule_type: type[Node]) -> dict[str, str]:
    """The custom properties of the only rule."""
    (rule,) = tinycss2.parse_stylesheet(style_sheet, skip_comments=True, skip_whitespace=True)
    assert isinstance(rule, rule_type), rule
    content = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    assert not [node for node in content if isinstance(node, ParseError)]
    assert all(isinstance(node, Declaration) and node.name.startswith("--") for node in content)
    found = {node.name: tinycss2.serialize(node.value).strip() for node in content}
    assert len(found) == len(content)
    return found


def _promised(token_set: TokenSet) -> int:
    """How many variables the tokens make: text styles one a property."""
    styles = [token.value for token in token_set if isinstance(token.value, Typography)]
    return len(token_set.tokens) + sum(4 - (style.letter_spacing is None) for style in styles)


@_SETS
def test_css_is_one_rule_that_holds_every_token_and_refers_to_nothing_else(token_set: TokenSet) -> None:
    found = _declarations(css.export(token_set), QualifiedRule)
    assert len(found) == _promised(token_set)
    assert {name for value in found.values() for name in _REFERENCE.findall(value)} <= set(found)


@_SETS
def test_the_tailwind_theme_is_one_rule_that_holds_every_token(token_set: TokenSet) -> None:
    found = _declarations(tailwind.export(token_set), AtRule)
    assert len(found) == _promised(token_set)
    assert {name for value in found.values() for name in _REFERENCE.findall(value)} <= set(found)


def test_roles_and_composites_refer_to_the_palette() -> None:
    found = _declarations(css.export(sample()), QualifiedRule)
    assert found["--color-role-primary"] == "var(--color-palette-blue-500)"
    assert found["--color-palette-blue-500"] == "#0d6efd"
    assert found["--color-palette-black-a50"] == "rgb(0 0 0 / 0.5)"
    assert found["--border-blue-500-1-5px-dashed"] == "1.5px dashed var(--color-palette-blue-500)"
    assert found["--shadow-lg"].startswith("0px 8px 16px -2px rgb(0 0 0 / 0.15), inset 0px 1px 2px 0px")
    assert found["--radius-full"] == "9999px"
    assert found["--typography-body-font-family"] == '"Inter", "Roboto", sans-serif'


def test_tailwind_gets_the_namespaces_that_make_utilities() -> None:
    found = _declarations(tailwind.export(sample()), AtRule)
    assert found["--color-blue-500"] == "#0d6efd"
    assert found["--color-primary"] == "var(--color-blue-500)"
    assert found["--spacing-2-5"] == "10px"
    assert found["--text-body"] == "16px"
    assert found["--text-body--line-height"] == "1.5"
    assert found["--font-body"] == '"Inter", "Roboto", sans-serif'


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_string_is_one_string_with_that_text(text: str) -> None:
    (node,) = tinycss2.parse_component_value_list(quoted(text))
    assert (node.type, node.value) == ("string", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_comment_is_one_comment(text: str) -> None:
    (node,) = tinycss2.parse_component_value_list(comment(text))
    assert node.type == "comment"
    assert "</" not in comment(text)
    assert "#{" not in comment(text)


def test_numbers_are_never_written_with_an_exponent() -> None:
    assert [number(value) for value in (0.00001, -0.00001, 1e9, 0.1 + 0.2, -2.5, 40)] == [
        "0",
        "0",
        "1000000000",
        "0.3",
        "-2.5",
        "40",
    ]
