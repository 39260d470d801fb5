"""The formats of design tools, checked against what those tools demand of a file."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from designsystem.engine.exporters import dtcg_legacy, figma_variables, tokens_studio
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.tests.engine.dtcg_validator import walk_tokens
from designsystem.tests.engine.sample_tokens import hostile, sample

_SETS = pytest.mark.parametrize("token_set", [sample(), hostile()], ids=["sample", "hostile"])
_REFERENCE = re.compile(r"\{([^{}]+)\}")


def _references(value: Any) -> set[str]:
    """Every path that is referred to anywhere in a value."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return {reference for part in parts for reference in _references(part)}
    return set(_REFERENCE.findall(str(value)))


@_SETS
def test_legacy_tokens_hold_strings_and_references_that_resolve(token_set: TokenSet) -> None:
    tokens = {".".join(path): token for path, token in walk_tokens(json.loads(dtcg_legacy.export(token_set)))}
    assert set(tokens) == {".".join(token.path) for token in token_set}
    for token in tokens.values():
        if token["$type"] == "color":
            assert re.fullmatch(r"#[0-9a-f]{6}([0-9a-f]{2})?|\{.+\}", token["$value"])
        if token["$type"] == "dimension":
            assert re.fullmatch(r"-?[\d.]+px", token["$value"])
        if token["$type"] != "typography":
            assert _references(token["$value"]) <= set(tokens)


@_SETS
def test_tokens_studio_reads_one_set_in_its_own_types(token_set: TokenSet) -> None:
    document = json.loads(tokens_studio.export(token_set))
    assert document["$metadata"]["tokenSetOrder"] == [tokens_studio.SET]
    assert set(document) == {tokens_studio.SET, "$themes", "$metadata"}
    kinds = {token["$type"] for _, token in walk_tokens(document[tokens_studio.SET])}
    assert kinds == {"color", "typography", "spacing", "borderRadius", "border", "boxShadow"}


def test_tokens_studio_values_are_text() -> None:
    measured = json.loads(tokens_studio.export(sample()))[tokens_studio.SET]
    assert measured["color"]["role"]["primary"]["$value"] == "{color.palette.blue-500}"
    assert measured["typography"]["body"]["$value"]["lineHeight"] == "150%"
    assert [layer["type"] for layer in measured["shadow"]["lg"]["$value"]] == ["dropShadow", "innerShadow"]
    assert measured["gradient"]["blue-500-to-gray-900"]["$value"] == (
        "linear-gradient(135deg, {color.palette.blue-500} 0%, {color.palette.gray-900} 100%)"
    )


@_SETS
def test_figma_variables_are_unique_typed_and_have_a_value_in_the_mode(token_set: TokenSet) -> None:
    body = json.loads(figma_variables.export(token_set))
    variables = {variable["id"]: variable for variable in body["variables"]}
    assert len(variables) == len(body["variables"]) == len({variable["name"] for variable in variables.values()})
    assert [value["variableId"] for value in body["variableModeValues"]] == list(variables)
    kinds = {"COLOR": dict, "FLOAT": int | float, "STRING": str}
    for entry in body["variableModeValues"]:
        variable, value = variables[entry["variableId"]], entry["value"]
        assert not set(variable["name"]) & set("{}.")
        if isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS":
            assert variables[value["id"]]["resolvedType"] == variable["resolvedType"]
        else:
            assert isinstance(value, kinds[variable["resolvedType"]])


def test_figma_colours_are_parts_of_one() -> None:
    body = json.loads(figma_variables.export(sample()))
    values = {value["variableId"]: value["value"] for value in body["variableModeValues"]}
    assert values["color/palette/black-a50"] == {"r": 0, "g": 0, "b": 0, "a": 0.5}
    assert values["color/role/primary"] == {"type": "VARIABLE_ALIAS", "id": "color/palette/blue-500"}
    assert values["typography/body/line-height"] == 24
