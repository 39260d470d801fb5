"""The few sizes that a page is set in: a design uses a handful of usual sizes, so runs are measured together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from designsystem.engine.scene import TextLine
from designsystem.engine.text.families import COMMON, FAMILIES
from designsystem.engine.text.sizes import HINTED_BELOW, likelihoods

Floats = npt.NDArray[np.float64]

# How often style sheets name a size, relative to each other; every other size has _RARE.
_USUAL: dict[float, float] = {
    size: often
    for often, sizes in (
        (12, (16,)),
        (9, (14,)),
        (7, (12,)),
        (5.5, (20, 24, 32)),
        (4, (13, 18)),
        (3, (11, 15, 28, 30, 36, 40, 48)),
        (2, (10, 22)),
        (1.4, (17, 19, 26, 42, 56, 64, 72)),
        (1, (21, 44, 60, 12.8, 13.333, 14.4, 18.72, 19.2)),
        (0.7, (9, 23, 25, 34, 35, 38, 45, 50, 52, 54, 80, 96)),
        (0.6, (10.4, 11.2, 11.5, 12.5, 13.5, 13.6, 17.5, 17.6, 18.4, 20.8, 22.4, 25.6, 28.8, 35.2, 41.6)),
        (0.4, (8, 27, 29, 31, 33, 46)),
    )
    for size in sizes
}
_RARE = 0.12
_STEP = 0.02  # of the size between two rare sizes
_SMALLEST, _LARGEST = 8.5, 110.0

_NEW_SIZE = 2.0  # what one more size on the page costs, in log-likelihood, before how usual it is
_USUALNESS = 2.0  # weight of how usual a size is
_COMMONNESS = 14.0  # weight of how common a family is, against the evidence of a page of lines that err alike
_TOO_NEAR = 0.07  # of the size: two sizes as near as this are seldom both meant
_NEARNESS = 2.0  # what two sizes cost that are all but equal
_UNEXPLAINED = 14.0  # a run that fits no size of the page costs as much
_FULL_WEIGHT, _MOST_WEIGHT = 3, 1.5  # letters that make a run count once; no run counts for more
_EXPECTED = 2.0  # how much more usual, by the logarithm, the sizes of a design are on its pages
_MISSED, _MISSED_HINTED = 1.4, 1.6  # and how much less those that miss them by 1 px; less is seen of hinted text
_CONTENDERS = 6  # families whose scales are worked out
_MOST_SIZES = 24


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page is set in: the size of each line, CSS px, and the families that fit, best first, with their
    probability."""

    sizes: tuple[float, ...]
    families: tuple[tuple[str, float], ...]


def find_setting(
    lines: Sequence[TextLine], bold: npt.NDArray[np.bool_], pixel_ratio: float, expected: Sequence[float] = ()
) -> Setting:
    """The most likely setting of `lines`, of which `bold` are bold; `expected` are the sizes (CSS px) of a design that
    the page is meant to keep to."""
    sizes, usual = _candidates(expected, _MISSED_HINTED if pixel_ratio < HINTED_BELOW else _MISSED)
    found = likelihoods(lines, bold, sizes, pixel_ratio)
    weights = np.array([min(_MOST_WEIGHT, line.glyphs / _FULL_WEIGHT) for line in lines])
    common = _COMMONNESS * np.log([COMMON.get(family.name, 1.0) for family in FAMILIES])
    evidence = (np.logaddexp.reduce(found + usual, axis=2) * weights).sum(axis=1) + common
    contenders = np.argsort(-evidence, kind="stable")[:_CONTENDERS].tolist()
    scales = [_Scale(found[family], weights, sizes, usual) for family in contenders]
    merits = [scale.total + common[family] for scale, family in zip(scales, contenders, strict=True)]
    order = sorted(range(len(scales)), key=lambda place: -merits[place])
    totals = np.array([merits[place] for place in order])
    shares = np.exp(totals - np.logaddexp.reduce(totals))
    names = [FAMILIES[contenders[place]].name for place in order]
    return Setting(tuple(scales[order[0]].sizes.tolist()), tuple(zip(names, shares.tolist(), strict=True)))


def _candidates(expected: Sequence[float], missed: float) -> tuple[Floats, Floats]:
    """Sizes in CSS px and the logarithm of how usual each is; by `missed` less so what is 1 px off an expected one."""
    expected = [each for each in expected if _SMALLEST < each < _LARGEST]
    missing = [each + step for each in expected for step in (-1, 1)]
    known = np.array(sorted({*_USUAL, *expected, *missing}))
    rare = np.round(np.exp(np.arange(np.log(_SMALLEST), np.log(_LARGEST), _STEP)), 1)
    rare = rare[np.abs(rare[:, None] - known).min(axis=1) > 0.25]
    chances = np.array([*(_USUAL.get(size, _RARE) for size in known.tolist()), *[_RARE] * rare.size])
    sizes = np.concatenate([known, rare])
    order = np.argsort(sizes)
    sizes, usual = sizes[order], np.log(chances / chances.sum())[order]
    usual[np.isin(sizes, expected)] += _EXPECTED
    for size, near in zip(np.repeat(expected, 2), missing, strict=True):
        off, on = np.searchsorted(sizes, (near, size))
        usual[off] = max(usual[off], usual[on] - missed)
    return sizes, usual


class _Scale:
    """The cheapest set of sizes for one family's likelihoods: added one by one, then each exchanged while it helps."""

    def __init__(self, found: Floats, weights: Floats, sizes: Floats, usual: Floats) -> None:
        self._found, self._weights = found, weights
        self._gain = _USUALNESS * usual - _NEW_SIZE
        apart = np.abs(np.log(sizes[:, None] / sizes[None, :]))
        self._nearness = -_NEARNESS * np.maximum(0.0, 1 - apart / _TOO_NEAR)
        np.fill_diagonal(self._nearness, -np.inf)
        chosen = self._improved(self._grown())
        self.sizes = sizes[chosen][found[:, chosen].argmax(axis=1)] if chosen else sizes[found.argmax(axis=1)]
        pairs = sum(self._nearness[a, b] for place, a in enumerate(chosen) for b in chosen[:place])
        self.total = float((weights * self._explained(chosen)).sum() + self._gain[chosen].sum() + pairs)

    def _explained(self, chosen: list[int]) -> Floats:
        floor = np.full(len(self._found), -_UNEXPLAINED)
        return np.maximum(self._found[:, chosen].max(axis=1), floor) if chosen else floor

    def _next(self, chosen: list[int]) -> tuple[int, float]:
        """The size that helps most beside `chosen`, and by how much."""
        more = np.maximum(self._found - self._explained(chosen)[:, None], 0.0)
        gain = self._weights @ more + self._gain + self._nearness[chosen].sum(axis=0)
        best = int(gain.argmax())
        return best, float(gain[best])

    def _grown(self) -> list[int]:
        chosen: list[int] = []
        while len(chosen) < _MOST_SIZES:
            best, gain = self._next(chosen)
            if gain <= 0:
                break
            chosen.append(best)
        return chosen

    def _improved(self, chosen: list[int]) -> list[int]:
        for _ in range(4):
            before = list(chosen)
            for size in before:
                rest = [each for each in chosen if each != size]
                best, gain = self._next(rest)
                chosen = [*rest, best] if gain > 0 else rest
            if set(chosen) == set(before):
                break
        return sorted(chosen)
