"""Tokens Studio for Figma: one token set in the plugin's own types, with the `$themes` and `$metadata` it stores.

https://docs.tokens.studio/manage-tokens/token-types
"""

from __future__ import annotations

from typing import Any

from designsystem.engine.exporters.css_values import Paint, gradient, line_height, number, px
from designsystem.engine.exporters.dtcg import as_text, families
from designsystem.engine.exporters.dtcg_legacy import hex_colour, laid_out
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import FULL_RADIUS, Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

SET = "measured"


def export(token_set: TokenSet) -> str:
    """One file for the plugin's "load from file"."""
    return as_text({SET: laid_out(token_set, _value), "$themes": [], "$metadata": {"tokenSetOrder": [SET]}})


EXPORTER = Exporter("tokens-studio", "Tokens Studio", export, "application/json", ".tokens-studio.json")


def _value(value: Value, paint: Paint) -> tuple[str, Any]:
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
