"""Rules: the straight lines that are free, neither sides of boxes nor gaps between them."""

from __future__ import annotations

import numpy as np

from designsystem.engine.geometry import Box, edges_of, touching
from designsystem.engine.regions.broken_lines import broken_horizontal_lines
from designsystem.engine.regions.flat_areas import Packed, unpack
from designsystem.engine.regions.frames import LOSSLESS, Noise
from designsystem.engine.regions.lines import horizontal_lines
from designsystem.engine.scene import Frame, PaintedBox, Rule
from designsystem.engine.values import LineStyle

SHORTEST = 24  # CSS px
THICKEST = 10  # CSS px: a quotation's bar


def find_rules(
    packed: Packed,
    boxes: tuple[PaintedBox, ...],
    pictures: tuple[Box, ...],
    pixel_ratio: float,
    noise: Noise = LOSSLESS,
) -> tuple[Rule, ...]:
    """The free lines, horizontal ones first, from top to bottom; sides of frames and lines of charts are left out."""
    edges = edges_of(painted.box for painted in boxes)
    return tuple(
        rule
        for rule in _all_lines(packed, pixel_ratio, noise)
        if not any(picture.intersection(rule.box) for picture in pictures)
        and not _belongs_to_box(rule, [boxes[i] for i in touching(edges, rule.box, 4 * pixel_ratio)], pixel_ratio)
    )


def _all_lines(packed: Packed, pixel_ratio: float, noise: Noise) -> tuple[Rule, ...]:
    turned = np.ascontiguousarray(packed.T)
    across = _lines_across(packed, pixel_ratio, noise)
    down = _lines_across(turned, pixel_ratio, noise)
    return tuple(Rule(box, unpack(colour), True, style) for box, colour, style in across) + tuple(
        Rule(Box(box.y, box.x, box.height, box.width), unpack(colour), False, style) for box, colour, style in down
    )


def _lines_across(packed: Packed, pixel_ratio: float, noise: Noise) -> list[tuple[Box, int, LineStyle]]:
    shortest, thickest = round(SHORTEST * pixel_ratio), max(1, round(THICKEST * pixel_ratio))
    solid = horizontal_lines(packed, shortest, thickest, noise)
    broken = [line for line in broken_horizontal_lines(packed, pixel_ratio) if line[0].width >= shortest]
    return [(box, colour, LineStyle.SOLID) for box, colour in solid] + broken


def _belongs_to_box(rule: Rule, boxes: list[PaintedBox], pixel_ratio: float) -> bool:
    """Whether the line is made of sides of framed boxes, or but a strip of ground left between two things."""
    ground = boxes[0].fill  # the page is near every line
    covered = []
    for painted in boxes:
        if painted.box.contains(rule.box):
            ground = painted.fill  # parents come first, so the last is the smallest around the line
        if painted.frame is not None and painted.frame.colour == rule.colour:
            covered += _shared(rule, painted.box, painted.frame, pixel_ratio)
    return rule.colour == ground or _length(covered) > 0.7 * max(rule.box.width, rule.box.height)


def _shared(rule: Rule, box: Box, frame: Frame, pixel_ratio: float) -> list[tuple[int, int]]:
    """The stretch of the line that a side of the frame makes; frames of neighbours may touch and double the line."""
    line, (top, right, bottom, left) = rule.box, frame.sides
    play = round(4 * pixel_ratio)
    if rule.horizontal:
        thickness, start, end = line.height, max(line.x, box.x), min(line.right, box.right)
        near = (top and abs(line.y - box.y) < play) or (bottom and abs(line.bottom - box.bottom) < play)
    else:
        thickness, start, end = line.width, max(line.y, box.y), min(line.bottom, box.bottom)
        near = (left and abs(line.x - box.x) < play) or (right and abs(line.right - box.right) < play)
    return [(start, end)] if near and start < end and thickness <= 2 * frame.width else []


def _length(stretches: list[tuple[int, int]]) -> int:
    """The length of the union of stretches."""
    total, reached = 0, -1
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
