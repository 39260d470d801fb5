"""Fits a box-shadow to side profiles: a box of constant alpha, offset and grown, blurred as browsers blur.

Browsers replace the Gaussian of sigma = blur / 2 by three box filters. Skia's are 2 sigma wide for square boxes (its
analytic profile) and 3 sqrt(2 pi) / 4 = 1.88 sigma for rounded ones (SkMaskBlurFilter), so that an edge becomes the
integral of a quadratic B-spline: finite, which the fit needs, since a Gaussian's tail is never painted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.shapes.side_profiles import SideProfiles

Floats = npt.NDArray[np.float64]

ROUNDED_WIDTH = 3 * np.sqrt(2 * np.pi) / 8  # width of the box filter of a rounded box, in blurs; 1 for a square one

_WIDTHS = np.geomspace(1.5, 80, 12)  # CSS px
_DROPS = np.array([0.0, 0.25, 0.5, 0.9])  # offsets tried first, in filter widths
_SPREADS = np.array([0.0, -0.2, -0.5])
# Where the profiles leave it open, a shadow has no spread and no sideways offset: levels (of 255) of misfit that a
# CSS pixel of them is worth.
_RELUCTANCE = np.array([0.15, 0.1])  # x, spread
# The compositor drops fractions: on average half a level of each channel, and all of a tail below one level.
_ROUNDED_DOWN = 0.45
_UNSEEN = 0.5
_MOST_PLACES = 32  # a side
_ITERATIONS = 40
_DEEPEST = 450  # levels: white to black along the diagonal of the cube


@dataclass(frozen=True, slots=True)
class BlurFit:
    """Lengths in CSS px, `width` that of the box filter.

    `depth` is the shift at full coverage and `error` the rms misfit, both in 8-bit levels.
    """

    x: float
    y: float
    width: float
    spread: float
    depth: float
    error: float


def fit_blur(profiles: SideProfiles, width: float, height: float, ratio: float) -> BlurFit | None:
    """The shadow of a box of `width` x `height` device px, None when no profile is long enough."""
    target = _Target(profiles, width / ratio, height / ratio, ratio)
    if len(target.observed) < 4:
        return None
    best = _refined(target, target.best_start())
    x, y, spread, log_width, depth = (float(value) for value in best)
    error = float(np.sqrt(np.mean(target.misfits(best[None])[0] ** 2)))
    return BlurFit(x, y, float(np.exp(log_width)), spread, depth, error)


class _Target:
    """Observed levels at known places around the box (CSS px from its top left corner), and the model there.

    Parameters are rows of x, y, spread, logarithm of the filter's width, depth.
    """

    def __init__(self, profiles: SideProfiles, width: float, height: float, ratio: float) -> None:
        self.width, self.height = width, height
        places = [_places(side) for side in profiles.sides]
        centres = [np.asarray((place + 0.5) / ratio, np.float64) for place in places]
        top, right, bottom, left = centres
        middle_x, middle_y = width / 2, height / 2
        self.x = np.concatenate([_same(top, middle_x), width + right, _same(bottom, middle_x), -left])
        self.y = np.concatenate([-top, _same(right, middle_y), height + bottom, _same(left, middle_y)])
        lost = _ROUNDED_DOWN * float(np.abs(profiles.direction).sum())
        seen = np.concatenate([side[place] for side, place in zip(profiles.sides, places, strict=True)])
        self.unseen = np.abs(seen) < _UNSEEN
        self.observed = np.where(self.unseen, lost, seen + lost)

    def coverage(self, x: Floats, y: Floats, spread: Floats, width: Floats) -> Floats:
        """(rows, places) share of the blurred box at each place; parameters are (rows, 1)."""
        low_x, low_y = self.x - x + spread, self.y - y + spread
        high_x, high_y = low_x - 2 * spread - self.width, low_y - 2 * spread - self.height
        edges = _edge(np.stack([low_x, high_x, low_y, high_y]) / width)
        return np.asarray(np.maximum(edges[0] - edges[1], 0) * np.maximum(edges[2] - edges[3], 0))

    def misfits(self, rows: Floats) -> Floats:
        x, y, spread, log_width, depth = (column[:, None] for column in rows.T)
        return self._against_seen(depth * self.coverage(x, y, spread, np.exp(np.clip(log_width, -2, 6))))

    def residuals(self, rows: Floats) -> Floats:
        """(rows, places + 2) misfits, with the reluctance to sideways offsets and spreads as two more places."""
        return np.concatenate([self.misfits(rows), _RELUCTANCE * rows[:, [0, 2]]], axis=1)

    def _against_seen(self, model: Floats) -> Floats:
        misfit = model - self.observed
        return np.where(self.unseen, np.maximum(misfit, 0), misfit)

    def best_start(self) -> Floats:
        """The best of a coarse grid; the depth of each is solved for."""
        width, drop, grow = (part.reshape(-1, 1) for part in np.meshgrid(_WIDTHS, _DROPS, _SPREADS))
        shape = self.coverage(np.zeros_like(width), width * drop, width * grow, width)
        seen = np.where(self.unseen, 0, self.observed)
        depth = np.maximum(shape @ seen, 0) / np.maximum((shape * shape).sum(axis=1), 1e-9)
        error = (self._against_seen(depth[:, None] * shape) ** 2).sum(axis=1)
        best = int(np.argmin(error + 1e3 * (depth > _DEEPEST)))
        w = float(width[best, 0])
        return np.array([0.0, w * drop[best, 0], w * grow[best, 0], np.log(w), depth[best]])


def _refined(target: _Target, parameters: Floats) -> Floats:
    """The least squares by Levenberg and Marquardt, with derivatives by differences."""
    steps = np.diag([1e-3, 1e-3, 1e-3, 1e-3, 1e-2])
    damping = 1e-2
    rows = target.residuals(np.vstack([parameters, parameters + steps]))
    cost = float(rows[0] @ rows[0])
    for _ in range(_ITERATIONS):
        slopes = (rows[1:] - rows[0]) / np.diag(steps)[:, None]
        normal = slopes @ slopes.T
        damped = normal + damping * np.diag(np.diag(normal) + 1e-9)
        moved = parameters - np.linalg.solve(damped, slopes @ rows[0])
        tried = target.residuals(np.vstack([moved, moved + steps]))
        moved_cost = float(tried[0] @ tried[0])
        if not moved_cost < cost:
            damping *= 8
            if damping > 1e6:
                break
            continue
        settled = cost - moved_cost < 1e-4 * cost
        parameters, rows, cost, damping = moved, tried, moved_cost, max(damping / 4, 1e-6)
        if settled:
            break
    return parameters


def _edge(x: Floats) -> Floats:
    """A step at 0 after three box filters of width 1: the integral of the quadratic B-spline, 0 to 1."""
    x = np.clip(x, -1.5, 1.5)
    outer = (1.5 - np.abs(x)) ** 3 / 6
    return np.where(np.abs(x) <= 0.5, 0.5 + 0.75 * x - x**3 / 3, np.where(x < 0, outer, 1 - outer))


def _places(side: Floats) -> npt.NDArray[np.intp]:
    """Up to _MOST_PLACES indices of a side, evenly over what is seen of the shadow and as much again of its absence."""
    shown = np.flatnonzero(np.abs(side) >= _UNSEEN)
    end = min(len(side), 2 * (int(shown[-1]) + 1) + 4) if len(shown) else min(len(side), 8)
    return np.unique(np.linspace(0, max(0, end - 1), min(end, _MOST_PLACES)).astype(np.intp))


def _same(places: Floats, value: float) -> Floats:
    return np.full(len(places), value)
