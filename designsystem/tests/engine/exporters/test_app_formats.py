"""Android's XML and the Swift file, read again by parsers of their languages."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import tree_sitter_swift
from tree_sitter import Language, Node, Parser

from designsystem.engine.exporters import android, swift
from designsystem.engine.exporters.identifiers import camel, identifiers, kebab
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.tests.engine.sample_tokens import hostile, sample

_SETS = pytest.mark.parametrize("token_set", [sample(), hostile()], ids=["sample", "hostile"])


@_SETS
def test_android_names_are_legal_and_unique_and_references_lead_somewhere(token_set: TokenSet) -> None:
    resources = ElementTree.fromstring(android.export(token_set))
    names = [(resource.tag, resource.get("name") or "") for resource in resources]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for _, name in names)
    texts = [resource.text or "" for resource in resources] + [
        item.text or "" for item in resources.iter("item") if item.get("name") == "android:textColor"
    ]
    references = {tuple(text[1:].split("/")) for text in texts if text.startswith("@")}
    assert references
    assert references <= set(names)


def test_android_values_are_in_its_units() -> None:
    resources = ElementTree.fromstring(android.export(sample()))
    found = {resource.get("name"): resource for resource in resources}
    assert found["color_palette_black_a50"].text == "#80000000"
    assert found["color_role_primary"].text == "@color/color_palette_blue_500"
    assert found["spacing_2_5"].text == "10dp"
    items = {item.get("name"): item.text for item in found["typography_body"]}
    assert items["android:textSize"] == "16sp"
    assert items["android:lineHeight"] == "24sp"


@_SETS
def test_swift_parses_and_names_every_token_once(token_set: TokenSet) -> None:
    source = swift.export(token_set)
    tree = Parser(Language(tree_sitter_swift.language())).parse(source.encode())
    assert not tree.root_node.has_error
    constants = _enum_constants(tree.root_node)
    assert len(constants) == len(token_set.tokens)
    assert len(set(constants)) == len(constants)


def _enum_constants(node: Node, enum: str = "") -> list[tuple[str, str]]:
    """(enclosing enum, name) of every `static let`."""
    found = []
    for child in node.children:
        inside = enum
        if child.type == "class_declaration":
            inside = next((part.text or b"").decode() for part in child.children if part.type == "type_identifier")
        if child.type == "property_declaration" and (child.text or b"").startswith(b"public static let"):
            found.append((enum, (child.text or b"").decode().split()[3].rstrip(":")))
        found += _enum_constants(child, inside)
    return found


def test_swift_names_are_no_keywords() -> None:
    assert "static let `" not in swift.export(hostile())
    assert identifiers([("default",), ("in",)], camel, ("default", "in")) == {
        ("default",): "default2",
        ("in",): "in2",
    }


def test_numbers_do_not_run_together_in_camel_case() -> None:
    paths = [("spacing", "2-5"), ("spacing", "25"), ("radius", "2xl"), ("x", "1")]
    assert list(identifiers(paths, camel).values()) == ["spacing2_5", "spacing25", "radius2xl", "x1"]


def test_names_that_would_be_spelt_alike_are_numbered() -> None:
    paths = [("a", "B"), ("a b",), ("A", "b!"), ("ключ",), ("鍵",), ("naïve", "brandPrimary")]
    assert list(identifiers(paths, kebab).values()) == [
        "a-b",
        "a-b-2",
        "a-b-3",
        "unnamed",
        "unnamed-2",
        "naive-brand-primary",
    ]
