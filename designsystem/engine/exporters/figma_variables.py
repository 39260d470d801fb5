"""Figma variables: the body of the REST API's POST /v1/files/:key/variables, which import plugins read too.

A variable holds one colour, number or string, so composites become one variable for each of their parts.
https://developers.figma.com/docs/rest-api/variables-endpoints/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count
from typing import Any

from designsystem.engine.exporters.css_values import line_height
from designsystem.engine.exporters.dtcg import Json, as_text, families, palette_paths
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import FULL_RADIUS, Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

_COLLECTION, _MODE = "collection", "mode"  # temporary ids: Figma answers with its own
_LARGEST_DESCRIPTION = 4000

_Palette = dict[Colour, str]  # the variable that holds a colour
_Part = tuple[str, str, list[str], Any]  # suffix of the name, type, scopes, value


def export(token_set: TokenSet) -> str:
    """One collection with one mode; roles and composites are aliases of the palette's variables."""
    names = _names(token_set)
    palette = {value: names[path] for value, path in palette_paths(token_set).items()}
    variables: list[Json] = []
    values: list[Json] = []
    for token in token_set:
        for suffix, kind, scopes, value in _parts(token, token_set, names, palette):
            name = names[token.path] + suffix
            variables.append(
                {
                    "action": "CREATE",
                    "id": name,
                    "name": name,
                    "variableCollectionId": _COLLECTION,
                    "resolvedType": kind,
                    "scopes": scopes,
                    "description": token.description[:_LARGEST_DESCRIPTION],
                }
            )
            values.append({"variableId": name, "modeId": _MODE, "value": value})
    return as_text(
        {
            "variableCollections": [
                {"action": "CREATE", "id": _COLLECTION, "name": "Measured tokens", "initialModeId": _MODE}
            ],
            "variableModes": [
                {"action": "UPDATE", "id": _MODE, "name": "Default", "variableCollectionId": _COLLECTION}
            ],
            "variables": variables,
            "variableModeValues": values,
        }
    )


EXPORTER = Exporter("figma-variables", "Figma variables", export, "application/json", ".figma.json")


def _names(token_set: TokenSet) -> dict[Path, str]:
    """Unique names; Figma groups at slashes, so one inside of a part is written as a hyphen."""
    names: dict[Path, str] = {}
    for token in token_set:
        spelt = "/".join(part.replace("/", "-") for part in token.path)
        numbered = (f"{spelt}-{number}" for number in count(2))
        taken = set(names.values())
        names[token.path] = next(name for name in chain([spelt], numbered) if name not in taken)
    return names


def _parts(token: Token, token_set: TokenSet, names: dict[Path, str], palette: _Palette) -> Iterator[_Part]:
    if not isinstance(token.value, Alias):
        yield from _value_parts(token.value, palette)
        return
    target = names[token.value.target]
    for suffix, kind, scopes, _ in _value_parts(token_set.resolve(token), palette):
        yield suffix, kind, scopes, _alias(f"{target}{suffix}")


def _value_parts(value: Value, palette: _Palette) -> Iterator[_Part]:
    match value:
        case Colour():
            yield "", "COLOR", ["ALL_SCOPES"], _rgba(value)
        case Spacing():
            yield "", "FLOAT", ["GAP", "WIDTH_HEIGHT"], value.px
        case Radius():
            yield "", "FLOAT", ["CORNER_RADIUS"], FULL_RADIUS if value.full else value.px
        case Border():
            yield "/width", "FLOAT", ["STROKE_FLOAT"], value.width
            yield "/color", "COLOR", ["STROKE_COLOR"], _paint(value.colour, palette)
        case Typography():
            yield "/font-family", "STRING", ["FONT_FAMILY"], families(value)[0]
            yield "/font-size", "FLOAT", ["FONT_SIZE"], value.size
            yield "/font-weight", "FLOAT", ["FONT_WEIGHT"], value.weight
            yield "/line-height", "FLOAT", ["LINE_HEIGHT"], round(value.size * line_height(value), 2)
            yield "/letter-spacing", "FLOAT", ["LETTER_SPACING"], value.letter_spacing or 0
        case Shadow():
            yield from _shadow_parts(value, palette)
        case Gradient():
            for place, stop in enumerate(value.stops, start=1):
                yield f"/stop-{place}", "COLOR", ["ALL_FILLS"], _paint(stop.colour, palette)


def _shadow_parts(value: Shadow, palette: _Palette) -> Iterator[_Part]:
    for place, layer in enumerate(value.layers, start=1):
        prefix = f"/{place}" if len(value.layers) > 1 else ""
        yield f"{prefix}/color", "COLOR", ["EFFECT_COLOR"], _paint(layer.colour, palette)
        lengths = {"x": layer.offset_x, "y": layer.offset_y, "blur": layer.blur, "spread": layer.spread}
        for name, length in lengths.items():
            yield f"{prefix}/{name}", "FLOAT", ["EFFECT_FLOAT"], length


def _paint(value: Colour, palette: _Palette) -> Json:
    return _alias(palette[value]) if value in palette else _rgba(value)


def _alias(variable: str) -> Json:
    return {"type": "VARIABLE_ALIAS", "id": variable}


def _rgba(value: Colour) -> Json:
    red, green, blue = (round(channel / 255, 6) for channel in (value.red, value.green, value.blue))
    return {"r": red, "g": green, "b": blue, "a": round(value.alpha, 4)}
