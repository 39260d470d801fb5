"""Reading DTCG documents: ours come back whole, anybody's are checked by the format's rules, none can do harm."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.reader import MEDIA_TYPE, from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import Alias, TokenSet
from designsystem.engine.values import Border, Colour, LineStyle, Radius, Spacing
from designsystem.tests.engine.sample_tokens import hostile, sample

RED = {"colorSpace": "srgb", "components": [1, 0, 0]}
PX = {"value": 4, "unit": "px"}
FOREIGN: dict[str, Any] = {
    "$schema": "https://www.designtokens.org/schemas/2025.10/format.json",
    "brand": {
        "$type": "color",
        "base": {"red": {"$value": RED}, "sky": {"$value": {"colorSpace": "oklch", "components": [0.7, 0.1, 240]}}},
        "accent": {"$root": {"$value": "{brand.base.red}"}, "soft": {"$value": {**RED, "alpha": 0.5}}},
        "danger": {"$ref": "#/brand/base/red"},
        "copy": {"$value": {"colorSpace": "srgb", "components": {"$ref": "#/brand/base/red/$value/components"}}},
    },
    "size": {
        "$type": "dimension",
        "gap": {"small": {"$value": {"value": 0.5, "unit": "rem"}}, "$description": "Between things."},
        "corner": {"card": {"$value": PX}, "pill": {"$value": {"value": 9999, "unit": "px"}}},
        "icon": {"$value": {"value": 24, "unit": "px"}},
    },
    "line": {"thin": {"$type": "border", "$value": {"color": "{brand.base.red}", "width": PX, "style": "groove"}}},
    "text": {
        "body": {
            "$type": "typography",
            "$value": {
                "fontFamily": ["Inter", "monospace"],
                "fontSize": {"value": 1, "unit": "rem"},
                "fontWeight": "semi-bold",
                "letterSpacing": {"value": 0, "unit": "px"},
                "lineHeight": 1.5,
            },
        }
    },
    "fast": {"$type": "duration", "$value": {"value": 120, "unit": "ms"}},
    "dark": {"$extends": "{brand}", "base": {"red": {"$type": "color", "$value": {**RED, "components": [0.5, 0, 0]}}}},
}


def _by_path(token_set: TokenSet) -> dict[str, Any]:
    return {".".join(token.path): token.value for token in token_set}


@pytest.mark.parametrize("token_set", [sample(), hostile()], ids=["sample", "hostile"])
def test_our_own_document_comes_back_whole(token_set: TokenSet) -> None:
    document = dtcg.export(token_set)
    assert dtcg.export(from_dtcg(document)) == document


def test_what_was_measured_is_equal_after_a_round_trip() -> None:
    again = from_dtcg(dtcg.export(sample()))
    assert [(token.path, token.value) for token in again] == [(token.path, token.value) for token in sample()]
    assert again.source == sample().source
    assert again.tokens[0].evidence == sample().tokens[0].evidence


def test_a_foreign_document_is_read_by_type_and_by_the_names_of_its_lengths() -> None:
    found = from_dtcg(FOREIGN)
    values = _by_path(found)
    assert values["color.brand.base.red"] == Colour(255, 0, 0)
    assert values["color.brand.accent.default"] == Alias(("color", "brand", "base", "red"))
    assert values["color.brand.accent.soft"] == Colour(255, 0, 0, 0.5)
    assert values["color.brand.danger"] == Alias(("color", "brand", "base", "red"))
    assert values["color.brand.copy"] == Colour(255, 0, 0)
    assert values["spacing.size.gap.small"] == Spacing(8)
    assert values["radius.size.corner.card"] == Radius(4)
    assert values["radius.size.corner.pill"].full
    assert values["border.line.thin"] == Border(4, Colour(255, 0, 0), LineStyle.SOLID)
    assert values["typography.text.body"].families == ("Inter",)
    assert values["typography.text.body"].weight == 600
    assert values["typography.text.body"].size == 16


def test_an_extended_group_has_the_members_of_its_base_and_its_own_win() -> None:
    values = _by_path(from_dtcg(FOREIGN))
    assert values["color.dark.base.red"] == Colour(128, 0, 0)
    assert values["color.dark.base.sky"] == values["color.brand.base.sky"]
    assert values["color.dark.accent.default"] == Alias(("color", "brand", "base", "red"))


def test_what_is_left_out_is_said_and_the_source_is_the_document() -> None:
    found = from_dtcg(FOREIGN)
    assert found.notes == (
        "Left out, because no picture shows them or their names do not say their use: 1 dimension, 1 duration.",
    )
    assert found.source.media_type == MEDIA_TYPE
    assert found.source == from_dtcg(json.dumps(FOREIGN)).source


@pytest.mark.parametrize(
    ("space", "components", "expected"),
    [
        ("srgb-linear", [1, 0, 0], "#ff0000"),
        ("hsl", [120, 100, 25], "#008000"),
        ("hwb", ["none", 100, 0], "#ffffff"),
        ("lab", [100, 0, 0], "#ffffff"),
        ("lch", [0, 0, 0], "#000000"),
        ("oklab", [1, 0, 0], "#ffffff"),
        ("oklch", [0.6279, 0.2577, 29.23], "#ff0000"),
        ("display-p3", [1, 1, 1], "#ffffff"),
        ("xyz-d65", [0, 0, 0], "#000000"),
    ],
)
def test_colours_of_other_spaces_become_srgb(space: str, components: list[Any], expected: str) -> None:
    value = {"colorSpace": space, "components": components}
    (token,) = from_dtcg({"a": {"$type": "color", "$value": value}})
    assert isinstance(token.value, Colour)
    assert token.value.hex == expected


def test_a_colour_beyond_srgb_is_the_nearest_that_keeps_its_hue() -> None:
    (token,) = from_dtcg({"a": {"$type": "color", "$value": {"colorSpace": "display-p3", "components": [0, 1, 0]}}})
    assert isinstance(token.value, Colour)
    assert ciede2000(*as_rgb([token.value, Colour(0, 255, 0)])) < 3


def _token(kind: str, value: Any) -> dict[str, Any]:
    return {"a": {"$type": kind, "$value": value}}


def _extended(about: Any) -> dict[str, Any]:
    return {"a": {"$type": "color", "$value": RED, "$extensions": {"dev.loupe": about}}}


_LINE = {"width": PX, "style": "solid"}
_TEXT = FOREIGN["text"]["body"]["$value"]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ({"a": 1}, "/a"),
        ({"a.b": {}}, "/a.b"),
        ({"$x": {}}, "/$x"),
        ({"a": {"$schema": "x"}}, "/a/$schema"),
        ({"a/b": {"$type": "color", "$value": RED, "~": {}}}, "/a~1b/~0"),
        ({"a": {"$value": RED}}, "/a"),
        ({"a": {"$type": "link", "$value": RED}}, "/a/$type"),
        ({"a": {"$type": ["color"], "$value": RED}}, "/a/$type"),
        ({"a": {"$type": "color", "$value": RED, "$ref": "#/a"}}, "/a"),
        ({"a": {"$description": 1}}, "/a/$description"),
        ({"a": {"$extensions": []}}, "/a/$extensions"),
        ({"a": {"$deprecated": 1}}, "/a/$deprecated"),
        ({"a": {"$root": {}}}, "/a/$root"),
        ({"a": {"$extends": "{b}"}}, "/a/$extends"),
        ({"a": {"$extends": "b"}, "b": {}}, "/a/$extends"),
        ({"a": {"$extends": "{b}"}, "b": {"$type": "color", "$value": RED}}, "/a/$extends"),
        ({"a": {"$extends": "{a}"}}, "/a/$extends"),
        ({"a": {"b": {"$extends": "{a}"}}}, "/a/b/$extends"),
        ({"a": {"$extends": "{b}"}, "b": {"$extends": "#/a"}}, "/a/$extends"),
        (_token("color", "#ff0000"), "/a/$value"),
        (_token("color", None), "/a/$value"),
        (_token("color", {**RED, "components": [0, 0]}), "/a/$value/components"),
        (_token("color", {**RED, "components": [0, 0, 1.1]}), "/a/$value/components/2"),
        (_token("color", {**RED, "components": [0, 0, True]}), "/a/$value/components/2"),
        (_token("color", {"colorSpace": "hsl", "components": [360, 0, 0]}), "/a/$value/components/0"),
        (_token("color", {"colorSpace": "lch", "components": [50, -1, 0]}), "/a/$value/components/1"),
        (_token("color", {"colorSpace": "cmyk", "components": [0, 0, 0]}), "/a/$value/colorSpace"),
        (_token("color", {**RED, "alpha": 2}), "/a/$value/alpha"),
        (_token("color", {**RED, "hex": "#ff0000ff"}), "/a/$value/hex"),
        (_token("color", {**RED, "name": "red"}), "/a/$value/name"),
        (_token("dimension", "4px"), "/a/$value"),
        (_token("dimension", {"value": 4}), "/a/$value"),
        (_token("dimension", {"value": "4", "unit": "px"}), "/a/$value/value"),
        (_token("dimension", {"value": 4, "unit": "em"}), "/a/$value/unit"),
        (_token("dimension", {"value": float("inf"), "unit": "px"}), "/a/$value/value"),
        (_token("fontFamily", []), "/a/$value"),
        (_token("fontFamily", ["a", 1]), "/a/$value"),
        (_token("fontWeight", "Bold"), "/a/$value"),
        (_token("fontWeight", 1001), "/a/$value"),
        (_token("number", "1"), "/a/$value"),
        (_token("duration", {"value": 1, "unit": "min"}), "/a/$value/unit"),
        (_token("cubicBezier", [0, 0, 2, 0]), "/a/$value"),
        (_token("cubicBezier", [0, 0, 1]), "/a/$value"),
        (_token("strokeStyle", "wavy"), "/a/$value"),
        (_token("strokeStyle", {"dashArray": [PX], "lineCap": "flat"}), "/a/$value/lineCap"),
        (_token("strokeStyle", {"dashArray": [4], "lineCap": "butt"}), "/a/$value/dashArray/0"),
        (_token("border", {"color": RED, "width": PX}), "/a/$value"),
        (_token("border", {"color": RED, "width": 1, "style": "solid"}), "/a/$value/width"),
        (_token("shadow", []), "/a/$value"),
        (_token("shadow", [{"color": RED}]), "/a/$value/0"),
        (_token("gradient", []), "/a/$value"),
        (_token("gradient", [{"color": RED, "position": "0"}]), "/a/$value/0/position"),
        (_token("typography", {**_TEXT, "lineHeight": {"value": 24, "unit": "px"}}), "/a/$value/lineHeight"),
        (_token("transition", {"duration": 1, "delay": 1, "timingFunction": 1}), "/a/$value/duration"),
        (_token("color", "{b}"), "/a"),
        (_token("color", "{a}"), "/a"),
        ({**_token("color", "{b}"), "b": {"$type": "color", "$value": "{a}"}}, "/b"),
        ({**_token("color", "{b}"), "b": {"$type": "dimension", "$value": PX}}, "/a/$type"),
        (_token("color", {"$ref": "#/b"}), "/a/$value"),
        (_token("color", {"$ref": "b"}), "/a/$value"),
        (_token("color", {"$ref": "#/a/$value"}), "/a"),
        (_token("color", {"$ref": "#/a/$description"}), "/a/$value"),
        (_token("color", {**RED, "alpha": {"$ref": "#/a/$value/alpha"}}), "/a/$value/alpha"),
        (_token("color", {**RED, "components": [{"$ref": "#/a/$value/components/7"}, 0, 0]}), "/a/$value/components/0"),
        ({**_token("color", {**RED, "alpha": "{n}"}), "n": {"$type": "number", "$value": 1}}, "/a/$value/alpha"),
        ({**_token("border", {**_LINE, "color": "{n}"}), "n": _token("number", 1)["a"]}, "/a/$value/color"),
        ({"$extensions": {"dev.loupe": {"source": 1}}}, "/$extensions/dev.loupe"),
        ({"$extensions": {"dev.loupe": 1}}, "/$extensions/dev.loupe"),
        (_extended({"evidence": {"boxes": [[1]]}}), "/a/$extensions/dev.loupe/evidence"),
        (_extended([]), "/a/$extensions/dev.loupe"),
    ],
)
def test_each_broken_rule_is_refused_with_its_place(document: Any, pointer: str) -> None:
    with pytest.raises(DocumentError) as refused:
        from_dtcg(document)
    assert refused.value.pointer == pointer
    assert refused.value.detail


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,]", '{"a": NaN}', '{"a": Infinity}', '{"a": {}, "a": {}}', "[" * 100_000, '"\\ud800"', b"\xff"],
)
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(DocumentError):
        from_dtcg(text)


def test_references_that_multiply_are_refused_soon() -> None:
    document: dict[str, Any] = {"t0": {"$type": "fontFamily", "$value": ["a"] * 10}}
    for level in range(1, 30):
        document[f"t{level}"] = {"$type": "fontFamily", "$value": [{"$ref": f"#/t{level - 1}/$value"}] * 10}
    with pytest.raises(DocumentError, match="too large"):
        from_dtcg(document)


def test_groups_that_multiply_are_refused_soon() -> None:
    document: dict[str, Any] = {"g0": {name: _token("color", RED)["a"] for name in "abcdefghij"}}
    for level in range(1, 30):
        document[f"g{level}"] = {name: {"$extends": f"{{g{level - 1}}}"} for name in "abcdefghij"}
    with pytest.raises(DocumentError, match="too large"):
        from_dtcg(document)


def test_a_deep_document_is_refused() -> None:
    document: dict[str, Any] = _token("color", RED)
    for _ in range(500):
        document = {"a": document}
    with pytest.raises(DocumentError, match="too deep"):
        from_dtcg(document)


def test_tokens_that_would_share_a_path_stay_apart() -> None:
    document = {
        **_token("color", RED),
        "color": {"a": {"$type": "color", "$value": RED}, "b": {"c": _token("color", RED)}},
    }
    document["b"] = {"$type": "color", "$value": RED}
    assert list(_by_path(from_dtcg(document))) == ["color.a", "color.a-2", "color.b.c.a", "color.b-2"]


_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["{a}", "#/a"])
)
_KEYS = st.sampled_from(["a", "b", "$type", "$value", "$ref", "$extends", "$root", "$extensions", "dev.loupe", "unit"])
_JSON = st.recursive(
    _LEAVES | st.sampled_from(["color", "dimension", "typography"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(_KEYS, children, max_size=4),
    max_leaves=25,
)


@given(_JSON)
def test_no_document_raises_anything_else(document: Any) -> None:
    with contextlib.suppress(DocumentError):
        from_dtcg(document)
