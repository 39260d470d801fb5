"""Corner radii: every painted box's corners are fitted with arcs, and the values that boxes share are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene
from designsystem.engine.shapes.rounding import Rounding, round_corners
from designsystem.engine.shapes.silhouettes import round_silhouettes
from designsystem.engine.values import Radius

SAME = 0.75  # CSS px between corners that are meant alike
_HAIRLINE = 1.5  # CSS px: below it borders that meet at an angle look alike, so that all corners must agree
_BOXES_KEPT = 20


def measure(scene: Scene) -> list[Observation]:
    """Each radius in use once, in CSS px, with the boxes that show it."""
    roundings = [r for r in (round_corners(scene, box) for box in scene.boxes[1:]) if r is not None]
    roundings += round_silhouettes(scene, [r.box for r in roundings])
    sightings = [_Sighting(value, r) for r in roundings if not r.full for value in _shared_radii(r)]
    observations = [_observation(Radius(value), group) for value, group in _clusters(sightings)]
    full = [r for r in roundings if r.full]
    if full:
        half = max(min(r.box.width, r.box.height) for r in full) / 2 / scene.pixel_ratio
        observations.append(_observation(Radius(half, full=True), full))
    return observations


@dataclass(frozen=True, slots=True)
class _Sighting:
    value: float
    rounding: Rounding


def _shared_radii(rounding: Rounding) -> list[float]:
    """The radii that at least two corners of the box share."""
    groups: list[list[float]] = []
    for value in sorted(r for r in rounding.radii if r):
        if groups and value - groups[-1][0] <= SAME:
            groups[-1].append(value)
        else:
            groups.append([value])
    means = [(float(np.mean(group)), len(group)) for group in groups]
    return [mean for mean, corners in means if corners >= (4 if mean < _HAIRLINE else 2)]


def _clusters(sightings: list[_Sighting]) -> list[tuple[float, list[Rounding]]]:
    """Values with the boxes that show them, ascending; the best supported value takes its neighbours first."""
    result = []
    rest = sorted(sightings, key=lambda s: s.value)
    while rest:
        values = np.array([s.value for s in rest])
        support = (np.abs(values[:, None] - values) <= SAME).sum(axis=1)
        near = np.abs(values - values[int(np.argmax(support))]) <= SAME
        members = [s for s, taken in zip(rest, near, strict=True) if taken]
        rest = [s for s, taken in zip(rest, near, strict=True) if not taken]
        result.append((_snapped(float(np.median([s.value for s in members]))), [s.rounding for s in members]))
    return sorted(result, key=lambda cluster: cluster[0])


def _snapped(value: float) -> float:
    """Designs use whole and half pixels; corners are read to about a third of one."""
    return float(round(value)) if abs(value - round(value)) <= 0.35 else round(value * 2) / 2


def _observation(value: Radius, group: list[Rounding]) -> Observation:
    group = sorted(group, key=lambda r: (round(r.error, 1), -r.box.area, r.box))
    boxes: list[Box] = list(dict.fromkeys(r.box for r in group))
    return Observation(value, tuple(boxes[:_BOXES_KEPT]), min(0.99, 1 - 0.5 ** len(boxes)), "corner-arc", len(boxes))
