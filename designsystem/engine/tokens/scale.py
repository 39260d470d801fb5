"""From noisy numbers to a ladder: which measured lengths are one step, and what unit the steps are multiples of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, log1p, pi

GRID = 0.5  # px; a screenshot at ratio 2 shows no finer length than this
PULL = 0.3  # px; a length this near to a whole pixel is that whole pixel, measured with noise

_BASES = (10.0, 8.0, 6.0, 5.0, 4.0, 2.0)
_FIT = 0.55  # the mean cosine from which a base explains a ladder: one step in five may stand between; noise reaches 0
_STEPS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: its value in px, and the indices of the measured values that it stands for."""

    value: float
    members: tuple[int, ...]


def snapped(px: float) -> float:
    """`px` on the grid that pictures can show, whole pixels first. Halves round up, so that order is kept."""
    whole = float(floor(px + 0.5))
    return whole if abs(px - whole) <= PULL else floor(px / GRID + 0.5) * GRID


def whole(px: float) -> float:
    """`px` as a whole number, a half to the even one: what ends at letters is known to half a pixel at best, and
    people choose even distances more often than odd ones."""
    return float(round(px))


def ladder(values: Sequence[float], weights: Sequence[float], tolerance: float) -> tuple[Step, ...]:
    """Group `values` (px) that lie within `tolerance` of a heavier one; steps ascend, heaviest member first.

    The heaviest value speaks for its step, because the mode is a length that somebody wrote and a mean is not.
    Values on both sides of a step never chain into one.
    """
    open_ = sorted(range(len(values)), key=lambda i: (-weights[i], values[i], i))
    steps = []
    while open_:
        peak = values[open_[0]]
        members = tuple(i for i in open_ if abs(values[i] - peak) <= tolerance)
        open_ = [i for i in open_ if i not in members]
        steps.append(Step(peak, members))
    return tuple(sorted(steps, key=lambda step: step.value))


def base_unit(values: Sequence[float], counts: Sequence[int]) -> float | None:
    """The largest unit (px) that the lengths are multiples of, None when they follow none.

    The fit of a unit u is the mean of cos(2 pi g / u), weighted by the logarithm of the sightings: a stray pixel costs
    a little, where a greatest common divisor would break, and one value seen everywhere does not decide alone.
    """
    if len(values) < _STEPS_NEEDED:
        return None
    weights = [log1p(count) for count in counts]
    for unit in _BASES:
        waves = sum(weight * cos(2 * pi * value / unit) for value, weight in zip(values, weights, strict=True))
        if waves >= _FIT * sum(weights):
            return unit
    return None
