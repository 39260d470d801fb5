"""The DTCG document: valid by a validator of its own, exact, and the same bytes each time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from designsystem.engine.exporters import dtcg
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.extensions import VENDOR
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Colour, Typography
from designsystem.tests.engine.dtcg_validator import problems, walk_tokens
from designsystem.tests.engine.sample_tokens import BLUE, INK, SOURCE, hostile, sample, seen


def _document(token_set: TokenSet) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(dtcg.export(token_set))
    return document


@pytest.mark.parametrize("token_set", [sample(), hostile()], ids=["sample", "hostile"])
def test_the_document_breaks_no_rule(token_set: TokenSet) -> None:
    assert problems(_document(token_set)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("color", "palette", "white", "$value"), "#ffffff"),
        (("color", "palette", "white", "$value", "components"), [1, 1, 2]),
        (("color", "palette", "white", "$value", "hex"), "#fff"),
        (("color", "role", "text", "$value"), "{color.palette.none-such}"),
        (("color", "role", "text", "$value"), "{color.role.text}"),
        (("spacing", "1", "$type"), "spacing"),
        (("spacing", "1", "$value"), {"value": "4", "unit": "px"}),
        (("spacing", "1", "$value"), {"value": 4, "unit": "pt"}),
        (("spacing", "1.5"), {"$type": "dimension", "$value": {"value": 6, "unit": "px"}}),
        (("spacing", "1", "child"), {}),
        (("typography", "body", "$value"), {"fontSize": {"value": 16, "unit": "px"}}),
        (("typography", "body", "$value", "fontWeight"), 0),
        (("border", "gray-200", "$value", "style"), "wavy"),
        (("shadow", "sm", "$value", "blur"), 3),
        (("gradient", "blue-500-to-gray-900", "$value"), []),
        (("spacing", "$extensions"), {"loupe": {}}),
        (("spacing", "$description"), 3),
    ],
)
def test_the_validator_sees_each_broken_rule(path: tuple[str, ...], value: object) -> None:
    document = _document(sample())
    node: Any = document
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert problems(document)


def test_components_give_the_measured_byte_again() -> None:
    for channel in range(256):
        components = dtcg.colour(Colour(channel, 255 - channel, channel))["components"]
        assert [round(part * 255) for part in components] == [channel, 255 - channel, channel]


def test_roles_and_composites_point_at_the_palette() -> None:
    document = _document(sample())
    assert document["color"]["role"]["primary"]["$value"] == "{color.palette.blue-500}"
    assert document["border"]["gray-200"]["$value"]["color"] == "{color.palette.gray-200}"
    assert document["color"]["palette"]["blue-500"]["$value"]["hex"] == BLUE.hex


def test_every_measured_token_carries_its_evidence_under_one_vendor_key() -> None:
    for path, token in walk_tokens(_document(sample())):
        if path[:2] != ("color", "role"):
            assert list(token["$extensions"]) == [VENDOR]
            evidence = token["$extensions"][VENDOR]["evidence"]
            assert evidence["boxes"]
            assert evidence["method"] == "test"


def test_what_nobody_measured_is_said_to_be_assumed() -> None:
    document = _document(sample())
    body, heading = (document["typography"][name]["$extensions"][VENDOR] for name in ("body", "heading-1"))
    assert "assumed" not in body
    assert heading["assumed"] == ["fontFamily", "letterSpacing"]


def test_the_base_unit_is_no_token() -> None:
    document = _document(sample())
    assert document["$extensions"][VENDOR]["spacingBase"] == {"value": 4, "unit": "px"}
    assert "base" not in document["spacing"]


def test_the_same_tokens_give_the_same_bytes_and_boxes_stay_on_a_line() -> None:
    text = dtcg.export(sample())
    assert text == dtcg.export(sample())
    assert "[10, 20, 30, 40]" in text
    assert max(len(line) for line in text.splitlines()) < 200


def test_descriptions_cannot_leave_the_comments_that_tools_put_them_in() -> None:
    descriptions = [token.get("$description", "") for _, token in walk_tokens(_document(hostile()))]
    assert {"* / ) body(display:none) /*", "line break tab", "名前 💡", "</style><script>alert(1)</script>"} <= set(
        descriptions
    )
    assert not any(mark in text for text in descriptions for mark in ("*/", "{", "}", "\n"))


def test_a_family_cannot_pose_as_a_reference() -> None:
    posing = assemble([seen(Typography(16, 400, INK, families=("{color.palette.white}", "{}")))], SOURCE)
    (body,) = _document(posing)["typography"].values()
    assert body["$value"]["fontFamily"] == ["color.palette.white", "sans-serif"]
