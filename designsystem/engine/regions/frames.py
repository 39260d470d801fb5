"""What runs along the sides of a box: a border line, a shadow's ramp, or straight away the ground outside."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from designsystem.engine.regions.flat_areas import Ints, Packed
from designsystem.engine.regions.outlines import Outline

_SAMPLES = 48
_CONSTANT = 0.85
# A shadow's next step is of the order of the first; a border's line jumps.
_JUMP_OVER_RAMP = 3
_DEEPEST_INSET = 4
_ROUNDING = 2  # levels that a blend may lie off the straight line between what it blends
_THICK = 3  # pixels: a line this thick that nothing constant follows is a gap before text


@dataclass(frozen=True, slots=True)
class Noise:
    """What a line must rise above.

    It differs by at least `faintest` levels from both its sides: steps of a wide shadow differ by one or two. Beside
    an edge, it differs from the nearer side by at least the part `ringing` of that edge: compression overshoots.
    """

    faintest: int
    ringing: float

    def drowns(self, line: int, one: int, other: int) -> bool:
        nearer = min(step(line, one), step(line, other))
        return nearer < max(self.faintest, self.ringing * step(one, other))


LOSSLESS, LOSSY = Noise(3, 0.0), Noise(10, 0.35)


@dataclass(frozen=True, slots=True)
class Edge:
    """One side of a box, seen outwards: `inset` pixels of an inner shadow, `width` pixels of the line, then `beyond`.

    Colours are packed. Width 0 means that there is no line; `beyond` is None where no constant colour follows, and
    `cut` says that the picture ends at this side.
    """

    line: int
    width: int
    beyond: int | None
    inset: int = 0
    cut: bool = False

    @property
    def reach(self) -> int:
        """Pixels from the fill to the outer edge of the line."""
        return self.inset + self.width if self.width else 0


@dataclass(frozen=True, slots=True)
class _Stretch:
    colour: int | None
    start: int
    width: int


def read_edges(
    packed: Packed, fill: int, outline: Outline, thickest: int, noise: Noise
) -> tuple[Edge, Edge, Edge, Edge]:
    """The four sides, top right bottom left, with lines of at most `thickest` pixels."""
    box, straight = outline.box, outline.straight
    columns, rows = _spread(straight.x, straight.right), _spread(straight.y, straight.bottom)
    height, width = packed.shape
    reach = thickest + _DEEPEST_INSET + 4
    up = np.arange(box.y - 1, max(-1, box.y - 1 - reach), -1)
    down = np.arange(box.bottom, min(height, box.bottom + reach))
    left = np.arange(box.x - 1, max(-1, box.x - 1 - reach), -1)
    right = np.arange(box.right, min(width, box.right + reach))
    return (
        _edge(packed[np.ix_(up, columns)], fill, thickest, noise),
        _edge(packed[np.ix_(rows, right)].T, fill, thickest, noise),
        _edge(packed[np.ix_(down, columns)], fill, thickest, noise),
        _edge(packed[np.ix_(rows, left)].T, fill, thickest, noise),
    )


def is_between(middle: int, one: int, other: int) -> bool:
    """Whether `middle` is a blend of the other two, rounding allowed for: what anti-aliasing paints."""
    start, point, end = _channels(one), _channels(middle), _channels(other)
    way = [b - a for a, b in zip(start, end, strict=True)]
    length = sum(part * part for part in way)
    if length == 0:
        return False
    along = sum((p - a) * w for a, p, w in zip(start, point, way, strict=True)) / length
    off = max(abs(a + along * w - p) for a, p, w in zip(start, point, way, strict=True))
    return 0 < along < 1 and off <= _ROUNDING


def step(one: int, other: int) -> int:
    """Largest difference of a channel."""
    return max(abs(a - b) for a, b in zip(_channels(one), _channels(other), strict=True))


def _channels(packed: int) -> tuple[int, int, int]:
    return packed >> 16 & 255, packed >> 8 & 255, packed & 255


def _spread(start: int, end: int) -> Ints:
    """Up to _SAMPLES positions over a side, its very ends left out."""
    trim = 1 if end - start > 4 else 0
    count = min(_SAMPLES, max(1, end - start - 2 * trim))
    return np.linspace(start + trim, max(start + trim, end - 1 - trim), count).astype(np.int32)


def _edge(strip: Packed, fill: int, thickest: int, noise: Noise) -> Edge:
    """Read a strip, one row a pixel outwards: the line is the first stretch that jumps out of both its sides."""
    stretches = _stretches(_constant_colours(strip))
    if not stretches:
        return Edge(fill, 0, None, cut=True)
    beyond = stretches[-1].colour
    colours = [fill]
    for index, stretch in enumerate(stretches):
        if stretch.colour is None or stretch.width > thickest or stretch.start > _DEEPEST_INSET:
            break
        if _arrives(colours, stretch.colour) and _leaves(stretch, stretches[index + 1 :], colours[-1], noise):
            return Edge(stretch.colour, stretch.width, beyond, stretch.start)
        colours.append(stretch.colour)
    return Edge(fill, 0, stretches[0].colour if stretches[0].width > thickest else beyond)


def _constant_colours(strip: Packed) -> list[int | None]:
    """The colour of each row of the strip, None where it is not constant."""
    if strip.size == 0:
        return []
    samples = strip.shape[1]
    best_share = np.zeros(len(strip))
    best = np.zeros(len(strip), dtype=np.int32)
    for at in {samples // 4, samples // 2, (3 * samples) // 4}:
        share = (strip == strip[:, at : at + 1]).mean(axis=1)
        better = share > best_share
        best_share[better], best[better] = share[better], strip[better, at]
    return [int(c) if s >= _CONSTANT else None for c, s in zip(best, best_share, strict=True)]


def _stretches(sequence: list[int | None]) -> list[_Stretch]:
    result: list[_Stretch] = []
    for position, colour in enumerate(sequence):
        if result and result[-1].colour == colour:
            result[-1] = _Stretch(colour, result[-1].start, result[-1].width + 1)
        else:
            result.append(_Stretch(colour, position, 1))
    return result


def _arrives(before: list[int], colour: int) -> bool:
    """Whether the step to `colour` dwarfs those before it, which an inner shadow or anti-aliasing paints."""
    steps = [step(a, b) for a, b in itertools.pairwise(before)]
    return step(before[-1], colour) >= max(1, 2 * max(steps, default=0))


def _leaves(line: _Stretch, after: list[_Stretch], before: int, noise: Noise) -> bool:
    """Whether the line ends as sharply: not the first step of a shadow, not the blend of an anti-aliased edge."""
    assert line.colour is not None
    if not after:
        return True
    if after[0].colour is None:
        return line.width < _THICK
    if line.width == 1 and is_between(line.colour, before, after[0].colour):
        return False
    return not noise.drowns(line.colour, before, after[0].colour) and not is_first_step([line.colour, *_pixels(after)])


def is_first_step(outwards: list[int]) -> bool:
    """Whether the first colour is but the first step of a shadow: what follows goes on the same way for as much.

    A border may stand before a shadow, but then its jump outweighs the whole ramp.
    """
    if len(outwards) < 2:
        return False
    jump = step(outwards[0], outwards[1])
    steps = [step(a, b) for a, b in itertools.pairwise(outwards[1:])]
    changes = [change for change in steps if change > 0]
    if len(changes) < 2 or outwards[1] == outwards[2] == outwards[3]:
        return False
    return jump < max(sum(changes), _JUMP_OVER_RAMP * max(changes))


def _pixels(stretches: list[_Stretch]) -> list[int]:
    """The colours pixel by pixel, up to where they are no longer constant."""
    result: list[int] = []
    for stretch in stretches:
        if stretch.colour is None:
            break
        result += [stretch.colour] * stretch.width
    return result
