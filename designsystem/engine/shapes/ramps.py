"""Finds areas whose colour changes evenly, and the gradient that paints each."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Pixels
from designsystem.engine.values import Colour, Gradient, GradientKind, GradientStop

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SAMPLE = 2  # CSS px between the pixels looked at
_BEND = 5  # of 255: an even change has no second difference but that of dithering
_STEEPEST = 24  # of 255 a sample
_LEAST_VARIED = 0.02  # share of neighbours that differ: the faintest ramps change once in fifty samples
_WINDOW = 15  # samples
_SMALLEST = (6, 3)  # samples: the longer and the shorter side
_LEAST_FILLED = 0.6  # of the bounds; text leaves holes
_LEAST_RANGE = 6  # of 255 from end to end
_LINEAR, _RADIAL = 0.12, 0.35  # minor to major axis of the directions in which the colour changes
_MISFIT = 1.6  # of 255, median: dithering leaves half a level, a photograph two
_BUSY_MISFIT = 1.0  # where more than three stops are needed
_STOP_MISFIT = 3.0  # of 255, before a stop is added between
_MOST_STOPS = 5
_BINS = 48
_APART = 0.06  # stops closer than this are one
_LEAST_AREA = 180  # CSS px²: a small icon's tile
_SHADE = 0.84  # a flat fill that fades to no less of itself lies in a shadow
_SHADE_ODDS = 0.025
_EDGE = 5  # of 255: a gradient ends at edges, a shadow fades into its ground


@dataclass(frozen=True, slots=True)
class Ramp:
    """An area, device px, and the gradient painted in it; `misfit` is the median difference of 255."""

    box: Box
    gradient: Gradient
    misfit: float


def find_ramps(rgb: Pixels, pixel_ratio: float) -> list[Ramp]:
    """All gradients of the picture, from top to bottom. Linear in pixels."""
    step = max(1, round(_SAMPLE * pixel_ratio))
    sampled = np.ascontiguousarray(rgb[::step, ::step]).astype(np.int16)
    if min(sampled.shape[:2]) < 4:
        return []
    even = _even(sampled)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(even.astype(np.uint8), connectivity=4)
    ramps = []
    for index in range(1, count):
        left, top, width, height, size = (int(v) for v in stats[index])
        if max(width, height) < _SMALLEST[0] or min(width, height) < _SMALLEST[1]:
            continue
        if size < _LEAST_FILLED * width * height or width * height * _SAMPLE**2 < _LEAST_AREA:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        ramp = _ramp(sampled[window].astype(np.float64), labels[window] == index)
        if ramp is None or _is_shade(ramp[0]) or not _has_edges(sampled, Box(left, top, width, height)):
            continue
        box = Box(left * step, top * step, width * step, height * step)
        ramps.append(Ramp(box, ramp[0], ramp[1]))
    return sorted(ramps, key=lambda r: (r.box.y, r.box.x))


def _even(sampled: npt.NDArray[np.int16]) -> Mask:
    """Samples in whose surroundings the colour changes, but only evenly."""
    across = np.abs(np.diff(sampled, axis=1)).max(axis=2)
    down = np.abs(np.diff(sampled, axis=0)).max(axis=2)
    even = np.ones(sampled.shape[:2], dtype=np.bool_)
    for steps, bends, inner in (
        (across, np.abs(np.diff(sampled, n=2, axis=1)).max(axis=2), np.s_[:, 1:-1]),
        (down, np.abs(np.diff(sampled, n=2, axis=0)).max(axis=2), np.s_[1:-1, :]),
    ):
        even[inner] &= bends <= _BEND
        before = np.s_[:, :-1] if inner[0] == slice(None) else np.s_[:-1, :]
        even[before] &= steps <= _STEEPEST
    changes = np.zeros(sampled.shape[:2], dtype=np.float32)
    changes[:, 1:] += across > 0
    changes[1:] += down > 0
    changes[~even] = 0
    share = cv2.blur(changes, (_WINDOW, _WINDOW))
    kernel = np.ones((3, 3), np.uint8)
    opened = cv2.morphologyEx((even & (share > _LEAST_VARIED)).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return np.asarray(opened, dtype=np.bool_)


def _ramp(colours: Floats, inside: Mask) -> tuple[Gradient, float] | None:
    """The gradient of one area, None when it is none."""
    channel = int(np.argmax(np.ptp(colours[inside], axis=0)))
    if np.ptp(colours[inside][:, channel]) < _LEAST_RANGE:
        return None
    slope_y, slope_x = _slopes(colours[..., channel], inside)
    tensor = np.array([[(slope_x**2).sum(), (slope_x * slope_y).sum()], [0, (slope_y**2).sum()]])
    tensor[1, 0] = tensor[0, 1]
    values, vectors = np.linalg.eigh(tensor)
    if values[1] <= 0:
        return None
    if values[0] < _LINEAR * values[1]:
        return _linear(colours, inside, vectors[:, 1])
    return _radial(colours, inside) if values[0] > _RADIAL * values[1] else None


def _slopes(values: Floats, inside: Mask) -> tuple[Floats, Floats]:
    """Derivatives along y and x at the samples whose surroundings lie inside, freed from dithering."""
    weight = cv2.blur(inside.astype(np.float64), (5, 5))
    smooth = cv2.blur(np.where(inside, values, 0), (5, 5)) / np.maximum(weight, 1e-9)
    slope_y, slope_x = (np.asarray(each, np.float64) for each in np.gradient(smooth))
    deep = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0) > 0
    deep = deep if deep.any() else inside
    return slope_y[deep], slope_x[deep]


def _linear(colours: Floats, inside: Mask, direction: Floats) -> tuple[Gradient, float] | None:
    height, width = inside.shape
    angle = float(np.rad2deg(np.arctan2(direction[0], -direction[1]))) % 180
    angle = _snapped(angle if angle > 1 else 180.0)
    turn = np.deg2rad(angle)
    along = np.array([np.sin(turn), -np.cos(turn)])
    length = abs(width * along[0]) + abs(height * along[1])
    ys, xs = np.mgrid[:height, :width] + 0.5
    place = ((xs - width / 2) * along[0] + (ys - height / 2) * along[1]) / length + 0.5
    stops, misfit = _stops(colours[inside], place[inside])
    return (Gradient(GradientKind.LINEAR, angle, stops), misfit) if _follows(stops, misfit) else None


def _radial(colours: Floats, inside: Mask) -> tuple[Gradient, float] | None:
    """Around the middle of the area, to its farthest corner: what CSS paints when nothing else is said."""
    height, width = inside.shape
    ys, xs = np.mgrid[:height, :width] + 0.5
    # an ellipse by default; as wide to high as the box
    place = np.hypot((xs - width / 2) / width, (ys - height / 2) / height) * np.sqrt(2)
    circle = np.hypot(xs - width / 2, ys - height / 2) / np.hypot(width / 2, height / 2)
    stops, misfit = min((_stops(colours[inside], p[inside]) for p in (place, circle)), key=lambda fit: fit[1])
    return (Gradient(GradientKind.RADIAL, None, stops), misfit) if _follows(stops, misfit) else None


def _follows(stops: tuple[GradientStop, ...], misfit: float) -> bool:
    return misfit <= (_MISFIT if len(stops) <= 3 else _BUSY_MISFIT)


def _is_shade(gradient: Gradient) -> bool:
    """Whether it is but one colour in a faint shadow: all stops are the brightest one, darkened a little."""
    levels = np.array([(s.colour.red, s.colour.green, s.colour.blue) for s in gradient.stops], dtype=np.float64)
    shares = levels / np.maximum(levels.max(axis=0), 1)
    return bool(shares.min() >= _SHADE and np.ptp(shares, axis=1).max() <= _SHADE_ODDS)


def _snapped(angle: float) -> float:
    """Designs turn by fives of degrees."""
    return float(round(angle / 5) * 5) if abs(angle - round(angle / 5) * 5) <= 2 else round(angle, 1)


def _stops(colours: Floats, place: Floats) -> tuple[tuple[GradientStop, ...], float]:
    """Stops as few as follow the colours along `place`, and the median misfit of all samples."""
    bins = np.clip((place * _BINS).astype(int), 0, _BINS - 1)
    used = np.unique(bins)
    centres = (used + 0.5) / _BINS
    means = np.stack([np.median(colours[bins == each], axis=0) for each in used])
    knots = [0, len(used) - 1]
    while len(knots) < _MOST_STOPS:
        model = np.stack([np.interp(centres, centres[knots], means[knots, c]) for c in range(3)], axis=1)
        misfit = np.abs(model - means).max(axis=1)
        worst = int(np.argmax(misfit))
        near = np.abs(centres[knots] - centres[worst]) < _APART
        if misfit[worst] <= _STOP_MISFIT or near.any():
            break
        knots = sorted([*knots, worst])
    model = np.stack([np.interp(place, centres[knots], means[knots, c]) for c in range(3)], axis=1)
    off = float(np.median(np.abs(model - colours).max(axis=1)))
    places, values = centres[knots], means[knots].copy()
    for end, beside, target in ((0, 1, 0.0), (-1, -2, 1.0)):  # the bins end half a bin before the line does
        span = places[beside] - places[end]
        if span:
            values[end] += (values[beside] - values[end]) * (target - places[end]) / span
            places[end] = target
    return tuple(GradientStop(_colour(v), round(float(p), 2)) for p, v in zip(places, values, strict=True)), off


def _colour(value: Floats) -> Colour:
    red, green, blue = (round(float(v)) for v in np.clip(value, 0, 255))
    return Colour(red, green, blue)


def _has_edges(sampled: npt.NDArray[np.int16], box: Box) -> bool:
    """Whether the colour jumps at three sides at least; the picture's own edge counts as a jump."""
    height, width = sampled.shape[:2]
    x, y = box.x + box.width // 2, box.y + box.height // 2
    pairs = (
        ((box.y, x), (box.y - 3, x)),
        ((box.bottom - 1, x), (box.bottom + 2, x)),
        ((y, box.x), (y, box.x - 3)),
        ((y, box.right - 1), (y, box.right + 2)),
    )
    jumps = 0
    for inner, outer in pairs:
        beyond = not (0 <= outer[0] < height and 0 <= outer[1] < width)
        jumps += beyond or int(np.abs(sampled[inner] - sampled[outer]).max()) > _EDGE
    return jumps >= 3
