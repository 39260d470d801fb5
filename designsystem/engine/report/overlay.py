"""The annotated picture: every place that proves a token, outlined in the colour of its kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.raster import Pixels, Raster
from designsystem.engine.tokens.token_set import GROUPS, TokenSet

# One hue a group, dark enough for a thin line on white, told apart by colour-blind people (after Okabe and Ito).
KIND_COLOURS: dict[str, tuple[int, int, int]] = {
    "color": (0, 114, 178),
    "typography": (190, 20, 60),
    "spacing": (0, 139, 105),
    "radius": (217, 108, 0),
    "border": (163, 52, 140),
    "shadow": (85, 85, 96),
    "gradient": (104, 110, 14),
}
MINIMUM_SIDE = 6  # device pixels: a hairline's box would be hidden under its own outline
_LEGEND_HEIGHT = 36
_LINE = 2


def draw_overlay(picture: Raster | Pixels, token_set: TokenSet, kinds: Collection[str] | None = None) -> bytes:
    """A PNG of the picture with the evidence of `kinds` (groups of the token set; all when None) drawn in.

    Below the picture stands a legend with the number of places of each kind. The same input gives the same bytes.
    ValueError for a kind that is not one of GROUPS.
    """
    rgb = picture.rgb if isinstance(picture, Raster) else picture
    wanted = GROUPS if kinds is None else tuple(group for group in GROUPS if group in kinds)
    if kinds is not None and (unknown := sorted(set(kinds) - set(GROUPS))):
        raise ValueError(f"unknown kinds: {', '.join(unknown)}")
    places = {kind: set(_boxes(token_set, kind)) for kind in wanted}
    legend = _legend(rgb.shape[1], {kind: len(boxes) for kind, boxes in places.items() if boxes})
    canvas = np.vstack([rgb, legend])
    page = canvas[: rgb.shape[0]]
    distinct = {box for boxes in places.values() for box in boxes}
    for box in sorted(distinct, key=lambda box: (-box.area, box)):  # small ones last, on top
        outline(page, box, [KIND_COLOURS[kind] for kind in wanted if box in places[kind]])
    return encode_png(canvas)


def _boxes(token_set: TokenSet, kind: str) -> Iterator[Box]:
    for token in token_set.group(kind):
        if token.evidence is not None:
            yield from token.evidence.boxes


def outline(page: Pixels, box: Box, colours: list[tuple[int, int, int]]) -> None:
    """One ring a colour, outside the box so that what was measured stays in sight; white parts them from the ground."""
    spare = max(0, MINIMUM_SIDE - min(box.width, box.height) + 1) // 2
    framed = box.grown(spare)
    _frame(page, framed.grown(_LINE * len(colours) + 1), 1, (255, 255, 255))
    for ring, colour in enumerate(colours, start=1):
        _frame(page, framed.grown(_LINE * ring), _LINE, colour)


def _frame(page: Pixels, box: Box, line: int, colour: tuple[int, int, int]) -> None:
    """A frame inside the edges of `box`, moved inwards where it would leave the picture."""
    height, width = page.shape[:2]
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.right), min(height, box.bottom)
    if left >= right or top >= bottom:
        return
    page[top : top + line, left:right] = colour
    page[bottom - line : bottom, left:right] = colour
    page[top:bottom, left : left + line] = colour
    page[top:bottom, right - line : right] = colour


def _legend(width: int, counts: dict[str, int]) -> Pixels:
    """A strip as wide as the picture; entries that do not fit go to a further row."""
    font = ImageFont.load_default(14)
    entries = [(kind, f"{kind} {count}") for kind, count in counts.items()] or [("shadow", "nothing measured")]
    places, x, row = [], 12, 0
    for kind, label in entries:
        length = 20 + int(font.getlength(label))
        if x > 12 and x + length > width - 12:
            x, row = 12, row + 1
        places.append((kind, label, x, row * _LEGEND_HEIGHT))
        x += length + 20
    strip = Image.new("RGB", (width, (row + 1) * _LEGEND_HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(strip)
    draw.line((0, 0, width, 0), fill="#c8c8c8")
    for kind, label, left, top in places:
        draw.rectangle((left, top + 13, left + 11, top + 24), fill=KIND_COLOURS[kind])
        draw.text((left + 20, top + 9), label, font=font, fill="#222222")
    return np.array(strip)
