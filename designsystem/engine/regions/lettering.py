"""What is lettering after all and what is none: letters and icons seen as little boxes, underlines seen as rules,
the sides of cards seen as letters."""

from __future__ import annotations

import numpy as np

from designsystem.engine.geometry import Box, Edges, containing, edges_of, touching
from designsystem.engine.scene import PaintedBox, Rule, TextLine

_UNDERLINE_DROP = 1.0  # x-heights below the baseline within which a line of the letters' width underlines them
_UNDERLINED_SHARE = 0.6
_ALONG_SIDE = 0.6  # of a line's height: a box's side that runs along so much of it is a piece of its ink
_ICON_PIECE, _ICON_TILE = 8, 48  # CSS px: a part this narrow in a tile this small is a stroke of an icon


def without_sides(text: tuple[TextLine, ...], boxes: list[PaintedBox]) -> tuple[TextLine, ...]:
    """`text` less what is nothing but sides of boxes: two cards with a gap between them look like tall letters."""
    edges = edges_of(painted.box for painted in boxes)
    return tuple(line for line in text if line.glyphs > _sides_within(line.box, edges))


def without_letters(boxes: list[PaintedBox], text: tuple[TextLine, ...]) -> list[PaintedBox]:
    """`boxes` less those that lie within a line of text: its letters and the islands inside them."""
    inks = edges_of(line.box.grown(1) for line in text)
    height = inks[:, 3] - inks[:, 1]
    return [
        painted for painted in boxes if not (containing(inks, painted.box) & (painted.box.width < 2 * height)).any()
    ]


def without_icon_pieces(boxes: tuple[PaintedBox, ...], pixel_ratio: float) -> list[PaintedBox]:
    """The boxes other than the page, less the small parts of the icon that a small tile holds."""
    piece, tile = _ICON_PIECE * pixel_ratio, _ICON_TILE * pixel_ratio
    return [
        painted
        for painted in boxes[1:]
        if painted.parent in (None, 0)
        or min(painted.box.width, painted.box.height) >= piece
        or max(_parent_box(boxes, painted).width, _parent_box(boxes, painted).height) > tile
    ]


def without_underlines(rules: tuple[Rule, ...], text: tuple[TextLine, ...]) -> tuple[Rule, ...]:
    """`rules` less those that belong to the ink of a line of text."""
    inks = edges_of(line.box for line in text)
    drop = np.array([_UNDERLINE_DROP * (line.x_height or line.cap_height or line.box.height) for line in text])
    inks[:, 3] = np.maximum(inks[:, 3], [line.baseline for line in text] + drop)
    return tuple(rule for rule in rules if not any(_belongs_to(rule, text[i]) for i in touching(inks, rule.box, 2)))


def _sides_within(line: Box, edges: Edges) -> int:
    """How many left and right sides of boxes that reach beyond the line run along it."""
    left, top, right, bottom = edges.T
    along = np.minimum(bottom, line.bottom) - np.maximum(top, line.y) >= _ALONG_SIDE * line.height
    beyond = (left < line.x) | (right > line.right)
    sides = ((left >= line.x) & (left <= line.right)).astype(int) + ((right >= line.x) & (right <= line.right))
    return int(sides[along & beyond].sum())


def _parent_box(boxes: tuple[PaintedBox, ...], painted: PaintedBox) -> Box:
    return boxes[painted.parent or 0].box


def _belongs_to(rule: Rule, line: TextLine) -> bool:
    if line.box.grown(2).contains(rule.box):
        return True
    if not rule.horizontal or rule.colour != line.ink:
        return False
    overlap = min(rule.box.right, line.box.right) - max(rule.box.x, line.box.x)
    height = line.x_height or line.cap_height or line.box.height
    below = line.box.y < rule.box.y <= line.baseline + _UNDERLINE_DROP * height
    return below and overlap > _UNDERLINED_SHARE * rule.box.width
