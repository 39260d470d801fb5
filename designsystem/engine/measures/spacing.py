"""Spacing in use: the paddings and gaps that the distances of a scene agree on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.measures.gaps import Gap, Kind, find_gaps
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene
from designsystem.engine.values import Spacing

MOST_BOXES = 50
SMALLEST, LARGEST = 2.0, 48.0  # CSS px
_STEP = 0.5  # CSS px between the values tried
_NOISE = 0.45  # CSS px: standard deviation of a gap that ends at letters
_APART = 1.0  # CSS px: nearer values are one

# Log-odds that a value is a true one, fitted on the corpus and checked on kits left out of the fit. The gap beside
# centred text is the surest sign; a sighting more of the same kind tells less and less; scales are built on fours;
# the larger a distance, the more often it is a sum or what is left over.
_EVIDENCE = {
    Kind.CENTRED: 1.7,
    Kind.INSET: 0.55,
    Kind.RULE_TEXT: 0.5,
    Kind.LEFT: 0.45,
    Kind.SINGLE: 0.45,
}
_OTHER_EVIDENCE = 0.15
_EACH_KIND = 0.15
_FOURS, _UNIT = 1.0, 4.0
_TINY, _BELOW = 1.2, 3.0
_LARGE, _ABOVE = -0.107, 20.0  # for each CSS px above
_PRIOR = -1.25
_ACCEPTED = -0.5  # recall weighs a little more than precision in a document that people prune


@dataclass(frozen=True, slots=True)
class _Candidate:
    px: float
    log_odds: float
    gaps: tuple[Gap, ...]


def measure(scene: Scene) -> list[Observation]:
    """The distinct spacings, the surest first."""
    gaps = [gap for gap in find_gaps(scene) if SMALLEST - _APART < gap.px <= LARGEST]
    found = [_observation(each) for each in _agreed(gaps) if each.log_odds > _ACCEPTED]
    return sorted(found, key=lambda o: -o.confidence)


def _agreed(gaps: list[Gap]) -> Iterator[_Candidate]:
    """The values that gaps gather around, the best first, each at least _APART from those before."""
    if not gaps:
        return
    values = np.arange(SMALLEST, LARGEST + _STEP, _STEP)
    px = np.array([gap.px for gap in gaps])
    nearness = np.exp(-0.5 * ((values[:, None] - px) / _NOISE) ** 2)
    log_odds = _log_odds(values, nearness, gaps)
    near_any = (np.abs(values[:, None] - px) <= _APART).any(axis=1)  # on a long page far gaps add up to as much
    free = near_any & (nearness.sum(axis=1) > 0.3)
    while free.any():
        best = int(np.argmax(np.where(free, log_odds, -np.inf)))
        near = np.flatnonzero(np.abs(px - values[best]) <= _APART)
        order = near[np.argsort(np.abs(px[near] - values[best]), kind="stable")]
        yield _Candidate(float(values[best]), float(log_odds[best]), tuple(gaps[int(i)] for i in order))
        free &= np.abs(values - values[best]) > _APART


def _log_odds(
    values: npt.NDArray[np.float64], nearness: npt.NDArray[np.float64], gaps: list[Gap]
) -> npt.NDArray[np.float64]:
    total = np.full(len(values), _PRIOR)
    kinds = np.array([gap.kind for gap in gaps])
    for kind in Kind:
        seen = np.log1p(nearness[:, kinds == kind].sum(axis=1))
        total += _EVIDENCE.get(kind, _OTHER_EVIDENCE) * seen + _EACH_KIND * (seen > 0.3)
    total += _FOURS * (values % _UNIT == 0) + _TINY * (values < _BELOW)
    return np.asarray(total + _LARGE * np.maximum(0, values - _ABOVE))


def _observation(candidate: _Candidate) -> Observation:
    return Observation(
        value=Spacing(candidate.px),
        boxes=tuple(dict.fromkeys(gap.box for gap in candidate.gaps))[:MOST_BOXES],
        confidence=round(float(1 / (1 + np.exp(-candidate.log_odds))), 3),
        method=candidate.gaps[0].kind.value,
        count=len(candidate.gaps),
    )
