"""What turned out to be lettering: letters seen as little boxes, underlines and dashes seen as rules."""

from __future__ import annotations

from designsystem.engine.geometry import Box
from designsystem.engine.scene import PaintedBox, Rule, TextLine

_UNDERLINE_DROP = 1.0  # x-heights below the baseline within which a line of the letters' width underlines them


def without_letters(boxes: tuple[PaintedBox, ...], text: tuple[TextLine, ...]) -> list[PaintedBox]:
    """`boxes` less those that lie within a line of text: its letters and the islands inside them."""
    inks = [line.box.grown(1) for line in text]
    return [painted for painted in boxes if not any(_is_letter(painted.box, ink) for ink in inks)]


def without_underlines(rules: tuple[Rule, ...], text: tuple[TextLine, ...]) -> tuple[Rule, ...]:
    """`rules` less those that belong to the ink of a line of text."""
    return tuple(rule for rule in rules if not any(_belongs_to(rule, line) for line in text))


def _is_letter(box: Box, ink: Box) -> bool:
    return ink.contains(box) and box.width < 2 * ink.height


def _belongs_to(rule: Rule, line: TextLine) -> bool:
    if line.box.grown(2).contains(rule.box):
        return True
    if not rule.horizontal or rule.colour != line.ink:
        return False
    overlap = min(rule.box.right, line.box.right) - max(rule.box.x, line.box.x)
    height = line.x_height or line.cap_height or line.box.height
    below = line.box.y < rule.box.y <= line.baseline + _UNDERLINE_DROP * height
    return below and overlap > 0.6 * rule.box.width
