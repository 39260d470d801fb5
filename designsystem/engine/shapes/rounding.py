"""The four corners of a painted box, read together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels
from designsystem.engine.scene import PaintedBox, Scene
from designsystem.engine.shapes.corners import CornerFit, Floats, Paint, fit_corner
from designsystem.engine.values import Colour

SMALLEST_SIDE = 7  # CSS px: below it a dot cannot be told from a square
_LARGEST = 64  # CSS px
_SMALLEST = 0.8  # CSS px: a corner pixel less than a tenth away from its edge is square
_WORST_ERROR = 0.2
_LEAST_CONTRAST = 3  # of 255: three quantisation steps

Radii = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Rounding:
    """`radii` in CSS px of top left, top right, bottom left, bottom right: 0 where square, None where unreadable.

    `full` where two corners at least reach half the shorter side; `box` is the painted edge in device pixels.
    """

    box: Box
    radii: Radii
    full: bool
    error: float


def round_corners(scene: Scene, painted: PaintedBox) -> Rounding | None:
    """The corners of a box, None when it is too small or none of them can be read."""
    ratio = scene.pixel_ratio
    box, paint = _painted_edge(scene.raster.rgb, painted)
    shorter = min(box.width, box.height)
    if shorter < SMALLEST_SIDE * ratio:
        return None
    top_left, top_right, bottom_left, bottom_right = (
        _corner(scene, box, paint, right, bottom) for bottom in (False, True) for right in (False, True)
    )
    fits = [fit for fit in (top_left, top_right, bottom_left, bottom_right) if fit is not None]
    if not fits:
        return None
    radii = tuple(
        None if fit is None else _radius(fit, ratio) for fit in (top_left, top_right, bottom_left, bottom_right)
    )
    half = shorter / 2
    full = sum(fit.radius >= half - max(0.75, 0.06 * half) for fit in fits) >= 2
    return Rounding(box, radii, full, float(np.mean([fit.error for fit in fits])))


def _radius(fit: CornerFit, ratio: float) -> float:
    radius = fit.radius / ratio
    return radius if radius >= _SMALLEST else 0.0


def _painted_edge(rgb: Pixels, painted: PaintedBox) -> tuple[Box, Paint]:
    """The box up to the outer edge of what is painted alike on all sides: with its frame if that goes all around."""
    fill = _channels(painted.fill)
    box, frame = painted.box, painted.frame
    if frame is not None and all(frame.sides):
        return box, Paint(fill, _channels(frame.colour), frame.width)
    if frame is not None:
        top, right, bottom, left = (round(frame.width) * side for side in frame.sides)
        box = Box.from_edges(box.x + left, box.y + top, box.right - right, box.bottom - bottom)
    return _grown(rgb, box, fill), Paint(fill, fill)


def _grown(rgb: Pixels, box: Box, fill: Floats) -> Box:
    """The box with the rows and columns that its round sides cover for the most part, but nowhere wholly."""
    height, width = rgb.shape[:2]
    columns = slice(box.x + box.width // 3, box.right - box.width // 3)
    rows = slice(box.y + box.height // 3, box.bottom - box.height // 3)
    top = box.y >= 2 and _mostly_covered(rgb[box.y - 1, columns], rgb[box.y - 2, columns], fill)
    left = box.x >= 2 and _mostly_covered(rgb[rows, box.x - 1], rgb[rows, box.x - 2], fill)
    bottom = box.bottom + 2 <= height and _mostly_covered(rgb[box.bottom, columns], rgb[box.bottom + 1, columns], fill)
    right = box.right + 2 <= width and _mostly_covered(rgb[rows, box.right], rgb[rows, box.right + 1], fill)
    return Box.from_edges(box.x - left, box.y - top, box.right + right, box.bottom + bottom)


def _mostly_covered(outside: Pixels, ground: Pixels, fill: Floats) -> bool:
    """Whether the row just outside is painted with `fill` by half or more somewhere, over the ground beyond it."""
    away = ground - fill
    span = (away * away).sum(axis=-1)
    share = 1 - ((outside - fill) * away).sum(axis=-1) / np.maximum(span, 1)
    return bool(span.max(initial=0) > _LEAST_CONTRAST**2 and share.max(initial=0) >= 0.5)


def _corner(scene: Scene, box: Box, paint: Paint, right: bool, bottom: bool) -> CornerFit | None:
    """The fit of one corner where it is to be believed."""
    rgb = scene.raster.rgb
    x, dx = (box.right - 1, -1) if right else (box.x, 1)
    y, dy = (box.bottom - 1, -1) if bottom else (box.y, 1)
    if not (0 <= x - dx < rgb.shape[1] and 0 <= y - dy < rgb.shape[0]):
        return None  # at the picture's edge the rest may be cut off
    quarter = rgb[box.y : box.bottom, box.x : box.right][::dy, ::dx]
    half = (min(box.width, box.height) + 1) // 2
    reach = max(_reach(quarter[0, :half], paint.edge), _reach(quarter[:half, 0], paint.edge))
    if reach == 0:
        return CornerFit(0.0, 0.0, 255.0)
    size = min(reach + 2, half)
    if not 2 <= size <= _LARGEST * scene.pixel_ratio:
        return None
    fit = fit_corner(quarter[:size, :size].astype(np.float64), rgb[y - dy, x - dx].astype(np.float64), paint)
    believed = fit is not None and fit.error <= _WORST_ERROR and fit.contrast >= _LEAST_CONTRAST
    return fit if believed else None


def _reach(side: Pixels, edge: Floats) -> int:
    """Pixels from the corner to where the side has its full colour."""
    reached = np.abs(side - edge).max(axis=1) <= 1
    return int(reached.argmax()) if reached.any() else len(side)


def _channels(colour: Colour) -> Floats:
    return np.array([colour.red, colour.green, colour.blue], dtype=np.float64)
