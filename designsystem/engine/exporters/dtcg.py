"""DTCG 2025.10, strict: the Format Module's values and nothing else, with the evidence under one vendor key.

https://www.designtokens.org/tr/2025.10/format/ and https://www.designtokens.org/tr/2025.10/color/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.observation import GivenName, Observation, Ruler
from designsystem.engine.tokens.extensions import VENDOR
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import (
    FULL_RADIUS,
    Border,
    Colour,
    FontClass,
    Gradient,
    Radius,
    Shadow,
    ShadowLayer,
    Spacing,
    Typography,
    Value,
)

SCHEMA = "https://www.designtokens.org/schemas/2025.10/format.json"
ASSUMED_LINE_HEIGHT = 1.5  # where the picture shows one line only
GENERIC_FAMILIES = {FontClass.SANS: "sans-serif", FontClass.SERIF: "serif", FontClass.MONO: "monospace"}

Json = dict[str, Any]

_BRACKETS = str.maketrans("{}", "()")
_NUMBERS = re.compile(r"\[\n\s+-?[\d.e+-]+(?:,\n\s+-?[\d.e+-]+)*\n\s+\]")


def export(token_set: TokenSet) -> str:
    """The document as text: two spaces of indent, lists of numbers on one line, a newline at the end."""
    return as_text(document(token_set))


EXPORTER = Exporter(
    name="dtcg",
    title="Design Tokens (DTCG 2025.10)",
    export=export,
    media_type="application/design-tokens+json",
    suffix=".tokens.json",
)


def document(token_set: TokenSet) -> Json:
    """The document as JSON values; groups nest as the token paths do."""
    tokens = groups(token_set, palette_paths(token_set))
    return {"$schema": SCHEMA, "$extensions": {VENDOR: _about(token_set)}, **tokens}


def groups(tokens: Iterable[Token], palette: Mapping[Colour, Path] | None = None) -> Json:
    """The tokens alone, nested by their paths; a colour of `palette` is referred to and not repeated."""
    root: Json = {}
    for token in tokens:
        group = root
        for part in token.path[:-1]:
            group = group.setdefault(part, {})
        group[token.path[-1]] = _token(token, palette or {})
    return root


def as_text(document: Json) -> str:
    """JSON for people and for line-wise diffs. A line break never occurs inside a JSON string, so only lists fold."""
    indented = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return (
        _NUMBERS.sub(lambda found: " ".join(found.group().split()).replace("[ ", "[").replace(" ]", "]"), indented)
        + "\n"
    )


def palette_paths(token_set: TokenSet) -> dict[Colour, Path]:
    """Where each colour stands as a token of its own, so that composites point at it and do not repeat it."""
    return {token.value: token.path for token in reversed(token_set.tokens) if isinstance(token.value, Colour)}


def colour(value: Colour) -> Json:
    """Six decimals: more than enough that round(255 * component) is the measured byte again."""
    components = [round(channel / 255, 6) for channel in (value.red, value.green, value.blue)]
    alpha = {} if value.alpha == 1 else {"alpha": round(value.alpha, 4)}
    return {"colorSpace": "srgb", "components": [_plain(part) for part in components], **alpha, "hex": value.hex}


def dimension(px: float) -> Json:
    return {"value": _plain(px), "unit": "px"}


def prose(text: str) -> str:
    """Text for people, on one line.

    Tools copy it into comments as it is, so it cannot end one, and Style Dictionary takes braces for references.
    """
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.translate(_BRACKETS).replace("*/", "* /").split())


def reference(path: Path) -> str:
    return "{" + ".".join(path) + "}"


def families(value: Typography) -> list[str]:
    """The measured families best first, then the generic one, which is all there is when none was measured.

    Only what fonts are called by stays: tools write families into code, and "{a.b}" would be a reference.
    """
    named = ("".join(c for c in family if c.isalnum() or c in " -_.+&").strip() for family in value.families)
    return [*filter(None, named), GENERIC_FAMILIES[value.font_class]]


def _token(token: Token, palette: Mapping[Colour, Path]) -> Json:
    if isinstance(token.value, Alias):
        body: Json = {"$type": "color", "$value": reference(token.value.target)}
    else:
        kind, render = _RENDER[type(token.value)]
        body = {"$type": kind, "$value": render(token.value, palette)}
    if token.description:
        body["$description"] = prose(token.description)
    extension = _extension(token)
    if extension:
        body["$extensions"] = {VENDOR: extension}
    return body


def _colour_or_reference(value: Colour, palette: Mapping[Colour, Path]) -> Json | str:
    return reference(palette[value]) if value in palette else colour(value)


def _palette_colour(value: Colour, _: Mapping[Colour, Path]) -> Json:
    return colour(value)


def _typography(value: Typography, _: Mapping[Colour, Path]) -> Json:
    line_height = ASSUMED_LINE_HEIGHT if value.line_height is None else value.line_height
    return {
        "fontFamily": families(value),
        "fontSize": dimension(value.size),
        "fontWeight": value.weight,
        "letterSpacing": dimension(value.letter_spacing or 0),
        "lineHeight": _plain(round(line_height, 3)),
    }


def _spacing(value: Spacing, _: Mapping[Colour, Path]) -> Json:
    return dimension(value.px)


def _radius(value: Radius, _: Mapping[Colour, Path]) -> Json:
    return dimension(FULL_RADIUS if value.full else value.px)


def _border(value: Border, palette: Mapping[Colour, Path]) -> Json:
    return {
        "color": _colour_or_reference(value.colour, palette),
        "width": dimension(value.width),
        "style": value.style.value,
    }


def _shadow(value: Shadow, palette: Mapping[Colour, Path]) -> list[Json] | Json:
    layers = [_layer(layer, palette) for layer in value.layers]
    return layers[0] if len(layers) == 1 else layers


def _layer(layer: ShadowLayer, palette: Mapping[Colour, Path]) -> Json:
    return {
        "color": _colour_or_reference(layer.colour, palette),
        "offsetX": dimension(layer.offset_x),
        "offsetY": dimension(layer.offset_y),
        "blur": dimension(layer.blur),
        "spread": dimension(layer.spread),
        **({"inset": True} if layer.inset else {}),
    }


def _gradient(value: Gradient, palette: Mapping[Colour, Path]) -> list[Json]:
    return [
        {
            "color": _colour_or_reference(stop.colour, palette),
            "position": _plain(round(min(1.0, max(0.0, stop.position)), 4)),
        }
        for stop in value.stops
    ]


_RENDER: dict[type[Value], tuple[str, Callable[[Any, Mapping[Colour, Path]], Any]]] = {
    Colour: ("color", _palette_colour),
    Typography: ("typography", _typography),
    Spacing: ("dimension", _spacing),
    Radius: ("dimension", _radius),
    Border: ("border", _border),
    Shadow: ("shadow", _shadow),
    Gradient: ("gradient", _gradient),
}


def _about(token_set: TokenSet) -> Json:
    source = token_set.source
    about: Json = {
        "source": {
            "sha256": source.sha256,
            "mediaType": source.media_type,
            "width": source.width,
            "height": source.height,
            "pixelRatio": _plain(source.pixel_ratio),
            "pixelRatioGiven": source.pixel_ratio_given,
            "pixelRatioConfidence": round(source.pixel_ratio_confidence, 3),
        }
    }
    if token_set.spacing_base is not None:
        about["spacingBase"] = dimension(token_set.spacing_base)
    if token_set.notes:
        about["notes"] = [prose(note) for note in token_set.notes]
    return about


def _extension(token: Token) -> Json:
    evidence = {} if token.evidence is None else {"evidence": _evidence(token.evidence)}
    return {**_beyond_the_format(token.value), **evidence}


def _beyond_the_format(value: Value | Alias) -> Json:
    """What the value knows and the format has no place for, and what the format demands and nobody measured."""
    if isinstance(value, Alias):
        return {"by": value.by} if value.by else {}
    if isinstance(value, Gradient):
        return {"kind": value.kind.value, **({} if value.angle is None else {"angle": _plain(round(value.angle, 2))})}
    if isinstance(value, Radius) and value.full:
        return {"full": True}
    if isinstance(value, Typography):
        assumed = [
            name
            for name, missing in (
                ("fontFamily", not value.families),
                ("letterSpacing", value.letter_spacing is None),
                ("lineHeight", value.line_height is None),
            )
            if missing
        ]
        return {"color": colour(value.colour), **({"assumed": assumed} if assumed else {})}
    return {}


def _evidence(evidence: Observation) -> Json:
    """Boxes are [x, y, width, height] in device pixels."""
    shown: Json = {
        "method": evidence.method,
        "confidence": round(evidence.confidence, 3),
        "count": evidence.count,
    }
    if evidence.share:
        shown["share"] = round(evidence.share, 6)
    if evidence.roles:
        shown["roles"] = [role.value for role in evidence.roles]
    if evidence.pictures:
        shown["pictureCount"] = evidence.picture_count
        shown["pictures"] = [{"sha256": each.sha256, "count": each.count} for each in evidence.pictures]
    if evidence.names:
        shown["names"] = [_given_name(each) for each in evidence.names]
    if evidence.rulers:
        shown["rulers"] = [_ruler(each) for each in evidence.rulers]
    if evidence.components:
        shown["components"] = list(evidence.components)
    shown["boxes"] = [[box.x, box.y, box.width, box.height] for box in evidence.boxes]
    return shown


def _given_name(given: GivenName) -> Json:
    theme = {"theme": given.theme} if given.theme else {}
    return {"name": given.name, "by": given.by, **theme, "pictures": given.pictures}


def _ruler(ruler: Ruler) -> Json:
    """In em."""
    letter = {} if ruler.letter is None else {"letter": ruler.letter}
    return {"marks": list(ruler.marks), "height": ruler.height, **letter}


def _plain(number: float) -> int | float:
    """Whole numbers without ".0", others with at most six decimals: the shortest text that means the same."""
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded
