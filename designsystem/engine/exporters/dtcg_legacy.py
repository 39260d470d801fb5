"""The shape of DTCG documents before 2025.10, for tools that read no other: hex strings, lengths as "16px".

Penpot and older plugins; they drop extensions, so the evidence stays out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from designsystem.engine.exporters.css_values import Paint, line_height, number, px
from designsystem.engine.exporters.dtcg import Json, as_text, families, palette_paths, prose, reference
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import Alias, TokenSet
from designsystem.engine.values import FULL_RADIUS, Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

Spelling = Callable[[Value, Paint], tuple[str, Any]]


def export(token_set: TokenSet) -> str:
    """The document as text, laid out as the strict one."""
    return as_text(laid_out(token_set, legacy_value))


EXPORTER = Exporter("dtcg-legacy", "Design Tokens (before 2025.10)", export, "application/json", ".legacy.tokens.json")


def hex_colour(value: Colour) -> str:
    """`#rrggbb`, and `#rrggbbaa` where it is not opaque."""
    return value.hex if value.alpha == 1 else f"{value.hex}{round(value.alpha * 255):02x}"


def laid_out(token_set: TokenSet, spell: Spelling) -> Json:
    """The tokens as nested groups; `spell` gives type and value, painting colours of the palette as references."""
    palette = palette_paths(token_set)

    def paint(each: Colour) -> str:
        return reference(palette[each]) if each in palette else hex_colour(each)

    root: Json = {}
    for token in token_set:
        kind, value = spell(token_set.resolve(token), paint)
        if isinstance(token.value, Alias):
            value = reference(token.value.target)
        group = root
        for part in token.path[:-1]:
            group = group.setdefault(part, {})
        described = {"$description": prose(token.description)} if token.description else {}
        group[token.path[-1]] = {"$type": kind, "$value": value, **described}
    return root


def legacy_value(value: Value, paint: Paint) -> tuple[str, Any]:
    """The type of the older drafts and the value."""
    match value:
        case Colour():
            return "color", hex_colour(value)
        case Spacing():
            return "dimension", px(value.px)
        case Radius():
            return "dimension", px(FULL_RADIUS if value.full else value.px)
        case Border():
            return "border", {"color": paint(value.colour), "width": px(value.width), "style": value.style.value}
        case Typography():
            return "typography", {
                "fontFamily": families(value),
                "fontSize": px(value.size),
                "fontWeight": value.weight,
                "letterSpacing": px(value.letter_spacing or 0),
                "lineHeight": float(number(line_height(value))),
            }
        case Shadow():
            layers = [
                {
                    "color": paint(layer.colour),
                    "offsetX": px(layer.offset_x),
                    "offsetY": px(layer.offset_y),
                    "blur": px(layer.blur),
                    "spread": px(layer.spread),
                    **({"inset": True} if layer.inset else {}),
                }
                for layer in value.layers
            ]
            return "shadow", layers[0] if len(layers) == 1 else layers
        case Gradient():
            return "gradient", [
                {"color": paint(stop.colour), "position": float(number(stop.position))} for stop in value.stops
            ]
