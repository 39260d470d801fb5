"""Steps of gradients and shadows: areas that lie between two others which differ from them by next to nothing."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from designsystem.engine.regions.flat_areas import FlatAreas

_SOFT = 2  # levels from one step to the next
_SHARE = 0.12  # of an area's outline along each of the two steps beside it
_LARGEST = 0.15  # of the picture: what is larger is a ground beside shadows of several tints
_NEIGHBOURS = 4  # looked at, the longest first


def ramp_steps(areas: FlatAreas, asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which of the areas `asked` for are a step: softly darker than one neighbour, softly lighter than another.

    The end of a ramp has one such neighbour only and is none, nor is a page beside the last step of a shadow.
    """
    asked = asked & (areas.size < _LARGEST * areas.packed.size)
    found = np.flatnonzero(asked)
    steps = np.zeros(len(asked), dtype=np.bool_)
    if len(found) == 0:
        return steps
    number = np.full(len(asked), -1, dtype=np.int32)
    number[found] = np.arange(len(found))
    outline = np.zeros(len(found), dtype=np.int64)
    keys = []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = areas.labels[one], areas.labels[other]
        edge = (a != b) & (asked[a] | asked[b])
        ends = (number[a[edge]], number[b[edge]])
        colours = (areas.packed[one][edge], areas.packed[other][edge])
        soft = _largest_change(*colours) <= _SOFT
        for mine, theirs in ((0, 1), (1, 0)):
            own = ends[mine] >= 0
            outline += np.bincount(ends[mine][own], minlength=len(found))
            near = own & soft
            keys.append(ends[mine][near].astype(np.int64) << 24 | colours[theirs][near])
    neighbours = _neighbours(np.concatenate(keys))
    for index, beside in neighbours.items():
        steps[found[index]] = _is_step(int(areas.colour[found[index]]), beside, float(outline[index]))
    return steps


def _largest_change(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.asarray(
        np.max([np.abs((one >> shift & 255) - (other >> shift & 255)) for shift in (16, 8, 0)], axis=0, initial=0)
    )


def _neighbours(keys: npt.NDArray[np.int64]) -> dict[int, list[tuple[int, int]]]:
    """For each area that has them, its soft neighbours' colours with the length of the border, the longest first."""
    values, counts = np.unique(keys, return_counts=True)
    result: dict[int, list[tuple[int, int]]] = {}
    for key, count in zip(values.tolist(), counts.tolist(), strict=True):
        result.setdefault(key >> 24, []).append((count, key & 0xFFFFFF))
    return {index: sorted(each, reverse=True)[:_NEIGHBOURS] for index, each in result.items() if len(each) > 1}


def _is_step(colour: int, beside: list[tuple[int, int]], outline: float) -> bool:
    """Whether two neighbours lie on different sides of the colour, or at right angles: channels step one by one."""
    changes = [_change(colour, other) for length, other in beside if length >= _SHARE * outline]
    return any(
        sum(a * b for a, b in zip(one, other, strict=True)) <= 0 for one, other in itertools.combinations(changes, 2)
    )


def _change(one: int, other: int) -> tuple[int, ...]:
    return tuple((other >> shift & 255) - (one >> shift & 255) for shift in (16, 8, 0))
