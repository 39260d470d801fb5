"""Tokens Studio for Figma: one token set in the plugin's own types, with the `$themes` and `$metadata` it stores.

https://docs.tokens.studio/manage-tokens/token-types
"""

from __future__ import annotations

from typing import Any

from designsystem.engine.exporters.css_values import gradient, line_height, number, px
from designsystem.engine.exporters.dtcg import Json, as_text, families, palette_paths, prose, reference
from designsystem.engine.exporters.dtcg_legacy import hex_colour
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import FULL_RADIUS, Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

SET = "measured"


def export(token_set: TokenSet) -> str:
    """One file for the plugin's "load from file"."""
    palette = palette_paths(token_set)
    root: Json = {}
    for token in token_set:
        group = root
        for part in token.path[:-1]:
            group = group.setdefault(part, {})
        group[token.path[-1]] = _token(token, token_set, palette)
    return as_text({SET: root, "$themes": [], "$metadata": {"tokenSetOrder": [SET]}})


EXPORTER = Exporter("tokens-studio", "Tokens Studio", export, "application/json", ".tokens-studio.json")


def _token(token: Token, token_set: TokenSet, palette: dict[Colour, Path]) -> Json:
    kind, value = _value(token_set.resolve(token), palette)
    if isinstance(token.value, Alias):
        value = reference(token.value.target)
    described = {"$description": prose(token.description)} if token.description else {}
    return {"$type": kind, "$value": value, **described}


def _value(value: Value, palette: dict[Colour, Path]) -> tuple[str, Any]:
    def paint(each: Colour) -> str:
        return reference(palette[each]) if each in palette else hex_colour(each)

    match value:
        case Colour():
            return "color", hex_colour(value)
        case Gradient():
            return "color", gradient(value, paint)
        case Spacing():
            return "spacing", px(value.px)
        case Radius():
            return "borderRadius", px(FULL_RADIUS if value.full else value.px)
        case Border():
            return "border", {"color": paint(value.colour), "width": px(value.width), "style": value.style.value}
        case Typography():
            return "typography", {
                "fontFamily": families(value)[0],
                "fontWeight": str(value.weight),
                "lineHeight": f"{number(line_height(value) * 100)}%",
                "fontSize": px(value.size),
                "letterSpacing": px(value.letter_spacing or 0),
            }
        case Shadow():
            return "boxShadow", [
                {
                    "color": paint(layer.colour),
                    "type": "innerShadow" if layer.inset else "dropShadow",
                    "x": number(layer.offset_x),
                    "y": number(layer.offset_y),
                    "blur": number(layer.blur),
                    "spread": number(layer.spread),
                }
                for layer in value.layers
            ]
