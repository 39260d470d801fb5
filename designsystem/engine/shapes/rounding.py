"""The four corners of a painted box, read together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels
from designsystem.engine.scene import PaintedBox, Scene
from designsystem.engine.shapes.corners import CornerFit, fit_corner
from designsystem.engine.shapes.edges import Floats, Paint, painted_edge

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
    box, paint = painted_edge(scene.raster.rgb, painted)
    shorter = min(box.width, box.height)
    if shorter < SMALLEST_SIDE * ratio:
        return None
    top_left, top_right, bottom_left, bottom_right = (
        _corner(scene, box, paint, right, bottom) for bottom in (False, True) for right in (False, True)
    )
    fits = [fit for fit in (top_left, top_right, bottom_left, bottom_right) if fit is not None]
    if not fits:
        return None
    radii = (
        _radius(top_left, ratio),
        _radius(top_right, ratio),
        _radius(bottom_left, ratio),
        _radius(bottom_right, ratio),
    )
    half = shorter / 2
    full = sum(fit.radius >= half - max(0.75, 0.06 * half) for fit in fits) >= 2
    return Rounding(box, radii, full, float(np.mean([fit.error for fit in fits])))


def _radius(fit: CornerFit | None, ratio: float) -> float | None:
    if fit is None:
        return None
    radius = fit.radius / ratio
    return radius if radius >= _SMALLEST else 0.0


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
