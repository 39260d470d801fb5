"""From flat areas to painted boxes, and the tree that they form."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.regions.flat_areas import FlatAreas, unpack
from designsystem.engine.regions.frames import LOSSLESS, Edge, Noise, read_edges
from designsystem.engine.regions.outlines import Outline, trace_outline
from designsystem.engine.regions.ramps import ramp_steps
from designsystem.engine.regions.rings import read_ring
from designsystem.engine.scene import Frame, PaintedBox, Shape

SMALLEST_SIDE = 5  # CSS px: dots of a status list are boxes, thinner things are lines
SMALLEST_UNFRAMED = 16  # CSS px: a smaller island of the ground's own colour is the inside of a letter or an icon
THICKEST_FRAME = 6  # CSS px: beyond it a frame cannot be told from a box around a box
THICKEST_LINE = 10  # CSS px
MOST_BOXES = 6000  # the tree compares every pair; a picture with more is no interface


def find_boxes(
    areas: FlatAreas, picture_mask: npt.NDArray[np.bool_], pixel_ratio: float, noise: Noise = LOSSLESS
) -> tuple[PaintedBox, ...]:
    """All painted boxes, the page itself first, parents before children."""
    height, width = areas.packed.shape
    page = PaintedBox(Box(0, 0, width, height), unpack(_page_colour(areas)), None)
    found: dict[Box, PaintedBox] = {}
    for area in _candidates(areas, picture_mask, pixel_ratio):
        outline = trace_outline(areas, area)
        if outline is None or outline.box == page.box or _is_hollow(areas, outline, pixel_ratio):
            continue
        box = _painted(areas, outline, pixel_ratio, noise)
        if box is not None and (box.box not in found or found[box.box].frame is None):
            found[box.box] = box
    return as_tree(page, list(found.values()))


def as_tree(page: PaintedBox, boxes: list[PaintedBox]) -> tuple[PaintedBox, ...]:
    """`page` and `boxes`, parents first, each with the index of the smallest box that contains it."""
    ordered = sorted(boxes, key=lambda b: (-b.box.area, b.box))
    if not ordered:
        return (page,)
    edges = np.array([(b.box.x, b.box.y, b.box.right, b.box.bottom) for b in ordered], dtype=np.int32)
    result = [replace(page, parent=None)]
    for index, box in enumerate(ordered):
        left, top, right, bottom = edges[index]
        around = edges[:index]
        inside = (around[:, 0] <= left) & (around[:, 1] <= top) & (around[:, 2] >= right) & (around[:, 3] >= bottom)
        parents = np.flatnonzero(inside)
        result.append(replace(box, parent=int(parents[-1]) + 1 if len(parents) else 0))
    return tuple(result)


def _page_colour(areas: FlatAreas) -> int:
    """The colour of most pixels among the areas that reach the picture's edge, else of the largest area."""
    height, width = areas.packed.shape
    outer = (areas.left == 0) | (areas.top == 0) | (areas.right == width) | (areas.bottom == height)
    colours, where = np.unique(areas.colour[outer], return_inverse=True)
    return int(colours[np.argmax(np.bincount(where, weights=areas.size[outer]))])


def _candidates(areas: FlatAreas, picture_mask: npt.NDArray[np.bool_], pixel_ratio: float) -> list[int]:
    """Areas large enough for a box and not inside a picture, the largest first."""
    side = SMALLEST_SIDE * pixel_ratio
    large = np.flatnonzero((areas.width >= side) & (areas.height >= side) & (areas.size >= 0.3 * side * side))
    large = large[np.argsort(-areas.size[large], kind="stable")][:MOST_BOXES]
    starts = areas.run_offsets[large]
    shown = ~picture_mask[areas.run_row[starts], areas.run_start[starts]]
    asked = np.zeros(len(areas), dtype=np.bool_)
    asked[large[shown]] = True
    shown &= ~ramp_steps(areas, asked)[large]
    return [int(area) for area in large[shown]]


def _is_hollow(areas: FlatAreas, outline: Outline, pixel_ratio: float) -> bool:
    """Whether the area is but a line around something: its own colour ends a few pixels inside most sides."""
    inset = round((THICKEST_FRAME // 2) * pixel_ratio)
    inner, straight = outline.box.grown(-inset), outline.straight
    if inner.width < 2 or inner.height < 2:
        return False
    columns = slice(max(straight.x, inner.x), max(straight.x + 1, min(straight.right, inner.right)))
    rows = slice(max(straight.y, inner.y), max(straight.y + 1, min(straight.bottom, inner.bottom)))
    labels, area = areas.labels, outline.area
    sides = (
        labels[inner.y, columns],
        labels[inner.bottom - 1, columns],
        labels[rows, inner.x],
        labels[rows, inner.right - 1],
    )
    return sum(float((side == area).mean()) < 0.3 for side in sides) >= 3


def _painted(areas: FlatAreas, outline: Outline, pixel_ratio: float, noise: Noise) -> PaintedBox | None:
    """The box with its frame; None where it is but a piece of its ground."""
    fill = int(areas.colour[outline.area])
    if _is_bar(outline, pixel_ratio):
        return None
    edges = read_edges(areas.packed, fill, outline, round(THICKEST_FRAME * pixel_ratio), noise)
    frame, outer = _frame(outline, edges)
    if frame is None and outline.shape is not Shape.RECTANGLE and noise is LOSSLESS:
        frame, outer = _ring(areas, outline, pixel_ratio)
    sides = sum(frame.sides) if frame else 0
    small = min(outline.box.width, outline.box.height) < SMALLEST_UNFRAMED * pixel_ratio
    if sides < 3 and _continues(edges, fill) and (small or any(edge.cut for edge in edges)):
        return None
    return PaintedBox(outer, unpack(fill), None, outline.shape, frame)


def _ring(areas: FlatAreas, outline: Outline, pixel_ratio: float) -> tuple[Frame | None, Box]:
    """The line around a round box, and the box grown by it."""
    fill = int(areas.colour[outline.area])
    found = read_ring(areas.packed, fill, outline, round(THICKEST_FRAME * pixel_ratio))
    if found is None or min(outline.box.width, outline.box.height) < SMALLEST_UNFRAMED * pixel_ratio:
        return None, outline.box
    line, width = found
    return Frame(unpack(line), float(width)), outline.box.grown(width)


def _is_bar(outline: Outline, pixel_ratio: float) -> bool:
    """Whether it is a line rather than a box: thin, long and square-ended."""
    short, long = sorted((outline.box.width, outline.box.height))
    return outline.shape is Shape.RECTANGLE and short <= THICKEST_LINE * pixel_ratio and long >= 4 * short


def _continues(edges: tuple[Edge, Edge, Edge, Edge], fill: int) -> bool:
    """Whether the same colour goes on behind every side that can be seen: what two dividers cut out of a page."""
    beyond = [edge.beyond for edge in edges if edge.beyond is not None]
    return bool(beyond) and all(colour == fill for colour in beyond)


def _frame(outline: Outline, edges: tuple[Edge, Edge, Edge, Edge]) -> tuple[Frame | None, Box]:
    """The line that most sides share, and the box grown by it."""
    ground = {edge.beyond for edge in edges if edge.width == 0}  # a line of this colour is a gap to the next box
    lines = Counter((edge.line, edge.width) for edge in edges if edge.width > 0 and edge.line not in ground)
    if not lines:
        return None, outline.box
    (line, width), _ = max(lines.items(), key=lambda item: (item[1], -item[0][1], -item[0][0]))
    top, right, bottom, left = (edge.line == line and edge.width == width for edge in edges)
    box = outline.box
    outer = Box.from_edges(
        box.x - left * edges[3].reach,
        box.y - top * edges[0].reach,
        box.right + right * edges[1].reach,
        box.bottom + bottom * edges[2].reach,
    )
    return Frame(unpack(line), float(width), sides=(top, right, bottom, left)), outer
