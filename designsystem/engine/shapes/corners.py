"""The radius of one corner, by fitting the anti-aliased arc that a browser would paint there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from designsystem.engine.shapes.edges import Paint

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SUBROWS = 8
_STEP = 0.25  # device px between the radii tried; a parabola refines
_MOST_STEPS = 96
_GROUND_WEIGHT = 0.05  # of the colour beyond the corner, so that a square corner has a ground too

# Skia paints arcs as a few straight pieces. What an exact arc fits to a corner of each whole radius as painted by
# Chromium 156 (device px, no frame); between and beyond them the deviation is taken to run linearly to zero.
_SKIA_TRUE = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 24)
_SKIA_FITS = (0, 1.12, 2.36, 2.91, 3.70, 5.07, 6.24, 7.25, 8.04, 9.43, 10.48, 11.02, 12.06, 16.18, 24.09)
_SKIA_RING = 0.27  # px more for a ring of one pixel, whose inner arc is cut in pieces too
_SKIA_THIN = 1.5  # px: frames thinner than this are such rings


@dataclass(frozen=True, slots=True)
class CornerFit:
    """`radius` in device px; `error` is the rms misfit as a share of the contrast between ground and edge (8-bit)."""

    radius: float
    error: float
    contrast: float


@lru_cache(maxsize=512)
def arc_coverage(radius: float, size: int, inset: float = 0.0) -> Floats:
    """(size, size) share of each pixel inside a top left corner of `radius` whose edges lie `inset` px inwards.

    Exact along x, _SUBROWS samples along y: within 1/255 of the covered area.
    """
    y = (np.arange(size * _SUBROWS) + 0.5) / _SUBROWS - inset
    depth = np.clip(radius - y, 0, radius)
    left = radius - np.sqrt(np.maximum(radius * radius - depth * depth, 0)) + inset
    share = np.clip(np.arange(1, size + 1) - left[:, None], 0, 1) * (y > 0)[:, None]
    return np.asarray(share.reshape(size, _SUBROWS, size).mean(axis=1))


def fit_corner(window: Floats, beyond: Floats, paint: Paint) -> CornerFit | None:
    """Fit a corner, turned so that it is the top left one.

    `window` (size, size, 3) begins at the outer edge of the box and holds the whole arc; `beyond` (3,) is the colour
    diagonally outside. The ground is solved for, so the tint of a shadow does not matter. None where the corner does
    not stand out from its ground.
    """
    arcs = _arcs(len(window), paint.width)
    painted = arcs.inner[..., None] * paint.fill
    if paint.width:
        painted = painted + (arcs.outer - arcs.inner)[..., None] * paint.line
    free = 1 - arcs.outer
    rest = window[arcs.near] - painted
    weight = (free * free).sum(axis=1) + _GROUND_WEIGHT
    grounds = ((free[..., None] * rest).sum(axis=1) + _GROUND_WEIGHT * beyond) / weight[:, None]
    misfit = rest - free[..., None] * grounds[:, None]
    errors = (misfit * misfit).mean(axis=2).sum(axis=1)
    best = int(np.argmin(errors))
    contrast = float(np.abs(grounds[best] - paint.edge).max())
    if contrast < 1:
        return None
    step = arcs.radii[1] - arcs.radii[0]
    radius = float(arcs.radii[best] + step * _vertex(errors, best))
    rms = float(np.sqrt(errors[best] / _arc_length(radius)))
    return CornerFit(_as_specified(radius, paint.width), rms / contrast, contrast)


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """Coverages of the pixels that any arc can cross (`near`), one row a radius."""

    radii: Floats
    near: Mask
    outer: Floats
    inner: Floats


@lru_cache(maxsize=128)
def _arcs(size: int, width: float) -> _Arcs:
    near = arc_coverage(float(size), size, width + 1.0) < 1
    radii = np.arange(0, size + 1e-6, max(_STEP, size / _MOST_STEPS))
    outer = np.stack([arc_coverage(float(radius), size)[near] for radius in radii])
    if not width:
        return _Arcs(radii, near, outer, outer)
    inner = np.stack([arc_coverage(max(0.0, float(radius) - width), size, width)[near] for radius in radii])
    return _Arcs(radii, near, outer, inner)


def _vertex(errors: Floats, best: int) -> float:
    """Offset of the parabola through the best error and its neighbours, in steps."""
    if not 0 < best < len(errors) - 1:
        return 0.0
    left, middle, right = errors[best - 1 : best + 2]
    bend = left - 2 * middle + right
    return float((left - right) / (2 * bend)) if bend > 0 else 0.0


def _arc_length(radius: float) -> float:
    """Pixels that an arc crosses, at least a corner's worth."""
    return max(3.0, 1.6 * radius)


def _as_specified(radius: float, width: float) -> float:
    """The radius that a style sheet asked for where an exact arc fits `radius`."""
    if 0 < width < _SKIA_THIN:
        return max(0.0, radius - _SKIA_RING)
    return float(np.interp(radius, _SKIA_FITS, _SKIA_TRUE)) if radius < _SKIA_FITS[-1] else radius
