"""Which pixels differ: exactly, by pixelmatch's rule, or by CIEDE2000; and how many that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from designsystem.engine.colour_space import ciede2000
from designsystem.engine.comparison import yiq
from designsystem.engine.geometry import Box
from designsystem.engine.rgba import PicturePair, Rgba
from designsystem.engine.scan_lines import Rows

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


class Metric(StrEnum):
    """How far apart two colours are: any difference, pixelmatch 7.2's YIQ (0 to 1), or CIEDE2000."""

    EXACT = "exact"
    PIXELMATCH = "pixelmatch-7.2"
    CIEDE2000 = "ciede2000"


class SizePolicy(StrEnum):
    """What happens when the pictures differ in size: refuse, or compare what overlaps and count the rest as changed."""

    FAIL = "fail"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class DifferenceSettings:
    """`pixel_tolerance` says when one pixel differs (0 to 1 for pixelmatch-7.2, ΔE for ciede2000, unused for exact);
    `allowed_share` how much of the compared area may differ, 0 to 1; `allowed_density` the same for the worst window of
    `window` px a side, None for no gate; `ignore_caret` forgives a blinking text cursor. ValueError when a value is out
    of its range: nothing is clamped.
    """

    metric: Metric = Metric.PIXELMATCH
    pixel_tolerance: float = 0.1
    allowed_share: float = 0.0
    allowed_density: float | None = None
    window: int = 32
    ignore_antialiasing: bool = True
    ignore_caret: bool = False
    sizes: SizePolicy = SizePolicy.FAIL
    masks: tuple[Box, ...] = ()

    def __post_init__(self) -> None:
        largest = 100.0 if self.metric is Metric.CIEDE2000 else 1.0
        if not 0 <= self.pixel_tolerance <= largest:
            raise ValueError(f"pixel_tolerance must be from 0 to {largest:g} for {self.metric}")
        if not 0 <= self.allowed_share <= 1:
            raise ValueError("allowed_share is a share, from 0 to 1")
        if self.allowed_density is not None and not 0 <= self.allowed_density <= 1:
            raise ValueError("allowed_density is a share, from 0 to 1")
        if self.window < 1:
            raise ValueError("window must be at least 1 px")


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Counts are pixels. `changed` are places in the compared area, in reading order: (count, 2) of x and y. `below`
    counts pixels that differ by less than the tolerance, `excused` those that anti-aliasing or a caret explains,
    `outside` those that only one picture has; `largest_delta` is in the metric's unit, also below the tolerance;
    `masked` lists the masks as clipped.
    """

    changed: Places
    count: int
    below: int
    excused: int
    outside: int
    compared: int
    largest_delta: float
    densest: float
    densest_at: Box | None
    masked: tuple[Box, ...]
    masked_pixels: int

    @property
    def share(self) -> float:
        """Changed pixels, those that only one picture has included, in the compared area."""
        total = self.compared + self.outside
        return (self.count + self.outside) / total if total else 0.0


class ComparisonError(Exception):
    """The comparison cannot be judged: `reason` is "sizes_differ", "mask_outside" or "everything_masked"."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def compare(pair: PicturePair, settings: DifferenceSettings | None = None) -> Difference:
    """Compare two RGBA pictures. Symmetric: exchanging them changes no number. ComparisonError when it cannot judge."""
    settings = settings or DifferenceSettings()
    height, width, outside = _overlap(pair.baseline, pair.picture, settings.sizes)
    one, other = pair.baseline[:height, :width], pair.picture[:height, :width]
    if outside:
        one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    masks = _clipped(settings.masks, width, height)
    hidden = _hidden(masks, height, width)
    if masks and hidden.sum() == width * height:
        raise ComparisonError("everything_masked", "the masks leave nothing to compare")
    at = _unequal(one, other, pair.rows if pair.rows is not None else ((0, height),))
    if masks:
        at = at[~hidden.reshape(-1)[at]]
    at = at[_visible(one, other, at)]
    delta = _deltas(one, other, at, settings.metric)
    over = delta > _limit(settings)
    suspects = at[over]
    excused = np.zeros(len(suspects), bool)
    if settings.ignore_antialiasing and settings.metric is not Metric.EXACT and len(suspects):
        excused = yiq.antialiased(one, other, suspects)
    changed = np.stack(np.divmod(suspects[~excused], width)[::-1], axis=1)
    densest, densest_at = _densest(changed, height, width, settings.window)
    return Difference(
        changed=changed,
        count=len(changed),
        below=len(at) - len(suspects),
        excused=int(excused.sum()),
        outside=outside,
        compared=width * height - int(hidden.sum()),
        largest_delta=_reported(float(delta.max(initial=0.0)), settings.metric),
        densest=densest,
        densest_at=densest_at,
        masked=masks,
        masked_pixels=int(hidden.sum()),
    )


def without(difference: Difference, boxes: Sequence[Box], size: tuple[int, int], window: int) -> Difference:
    """The same with the changed pixels in `boxes` excused; `size` is the height and width of the compared area."""
    inside = np.zeros(difference.count, bool)
    xs, ys = difference.changed.T
    for box in boxes:
        inside |= (xs >= box.x) & (xs < box.right) & (ys >= box.y) & (ys < box.bottom)
    changed = difference.changed[~inside]
    densest, densest_at = _densest(changed, *size, window)
    return replace(
        difference,
        changed=changed,
        count=len(changed),
        excused=difference.excused + int(inside.sum()),
        densest=densest,
        densest_at=densest_at,
    )


def _overlap(baseline: Rgba, picture: Rgba, policy: SizePolicy) -> tuple[int, int, int]:
    """Height and width of what both have, and the pixels that only one has."""
    (height_1, width_1), (height_2, width_2) = baseline.shape[:2], picture.shape[:2]
    height, width = min(height_1, height_2), min(width_1, width_2)
    outside = height_1 * width_1 + height_2 * width_2 - 2 * height * width
    if outside and policy is SizePolicy.FAIL:
        detail = f"the baseline is {width_1} × {height_1} px and the picture {width_2} × {height_2}"
        raise ComparisonError("sizes_differ", detail)
    return height, width, outside


def _clipped(masks: Sequence[Box], width: int, height: int) -> tuple[Box, ...]:
    whole = Box(0, 0, width, height)
    found = []
    for mask in masks:
        part = whole.intersection(mask)
        if part is None:
            raise ComparisonError(
                "mask_outside", f"the mask {mask.x},{mask.y},{mask.width},{mask.height} misses the picture"
            )
        found.append(part)
    return tuple(found)


def _hidden(masks: Sequence[Box], height: int, width: int) -> Flags:
    """Which pixels the masks cover; of no size where there are none."""
    covered = np.zeros((height, width) if masks else (0, 0), bool)
    for mask in masks:
        covered[mask.y : mask.bottom, mask.x : mask.right] = True
    return covered


def _unequal(one: Rgba, other: Rgba, rows: Rows) -> npt.NDArray[np.intp]:
    """Flat indices of the pixels that are not the same."""
    width = one.shape[1]
    ones, others = yiq.packed(one), yiq.packed(other)
    spans = [np.flatnonzero(ones[top:end] != others[top:end]) + top * width for top, end in rows]
    return np.concatenate([np.zeros(0, np.intp), *spans])


def _visible(one: Rgba, other: Rgba, at: npt.NDArray[np.intp]) -> Flags:
    """Pixels that are fully transparent in both pictures are equal, whatever colour hides in them."""
    visible: Flags = (one.reshape(-1, 4)[at, 3] > 0) | (other.reshape(-1, 4)[at, 3] > 0)
    return visible


def _deltas(one: Rgba, other: Rgba, at: npt.NDArray[np.intp], metric: Metric) -> npt.NDArray[np.float64]:
    if metric is Metric.EXACT:
        return np.ones(len(at))
    if metric is Metric.PIXELMATCH:
        return yiq.deltas(one, other, at)
    return _ciede2000(one.reshape(-1, 4)[at], other.reshape(-1, 4)[at])


def _limit(settings: DifferenceSettings) -> float:
    if settings.metric is Metric.EXACT:
        return 0.0
    if settings.metric is Metric.PIXELMATCH:
        return yiq.MAX_DELTA * settings.pixel_tolerance * settings.pixel_tolerance
    return settings.pixel_tolerance


def _reported(delta: float, metric: Metric) -> float:
    """pixelmatch's squared distance as the tolerance that would just pass it."""
    return float(np.sqrt(delta / yiq.MAX_DELTA)) if metric is Metric.PIXELMATCH else delta


def _ciede2000(one: Rgba, other: Rgba) -> npt.NDArray[np.float64]:
    """Over white, and where something shows through over black too, whichever tells more: on a ground of its own
    colour what becomes transparent would not be seen to change."""
    found = ciede2000(_over(one, 255), _over(other, 255))
    through = (one[:, 3] < 255) | (other[:, 3] < 255)
    if through.any():
        on_black = ciede2000(_over(one[through], 0), _over(other[through], 0))
        found[through] = np.maximum(found[through], on_black)
    return found


def _over(pixels: Rgba, ground: int) -> npt.NDArray[np.uint8]:
    """(n, 4) with straight alpha on a grey `ground`."""
    alpha = pixels[:, 3:] / 255
    blended: npt.NDArray[np.uint8] = np.rint(pixels[:, :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
    return blended


def _densest(changed: Places, height: int, width: int, window: int) -> tuple[float, Box | None]:
    """The largest share of changed pixels in any window, by steps of half a window, and where it is."""
    apart = np.flatnonzero(np.diff(changed[:, 1]) > window) + 1  # no window sees both sides of such a gap
    bands = np.split(changed, apart) if len(changed) else []
    found = [_densest_in(band, height, width, window) for band in bands]
    return max(found, key=lambda each: each[0], default=(0.0, None))


def _densest_in(changed: Places, height: int, width: int, window: int) -> tuple[float, Box]:
    left, top = (max(0, int(edge) - window) for edge in changed.min(axis=0))
    right, bottom = (int(edge) + window + 1 for edge in changed.max(axis=0))
    part = np.zeros((min(bottom, height) - top, min(right, width) - left), bool)
    part[changed[:, 1] - top, changed[:, 0] - left] = True
    sums = np.zeros((part.shape[0] + 1, part.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(part, axis=0, dtype=np.int32), axis=1, out=sums[1:, 1:])
    side_y, side_x = min(window, part.shape[0]), min(window, part.shape[1])
    step = max(1, window // 2)
    ys = np.unique(np.append(np.arange(0, part.shape[0] - side_y + 1, step), part.shape[0] - side_y))
    xs = np.unique(np.append(np.arange(0, part.shape[1] - side_x + 1, step), part.shape[1] - side_x))
    counts = (
        sums[np.ix_(ys + side_y, xs + side_x)]
        - sums[np.ix_(ys, xs + side_x)]
        - sums[np.ix_(ys + side_y, xs)]
        + sums[np.ix_(ys, xs)]
    )
    row, column = np.unravel_index(int(counts.argmax()), counts.shape)
    box = Box(left + int(xs[column]), top + int(ys[row]), side_x, side_y)
    return float(counts[row, column]) / (side_x * side_y), box
