"""Which pixels differ: exactly, by pixelmatch's rule, or by CIEDE2000; and how many that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from designsystem.engine.colour_space import ciede2000
from designsystem.engine.comparison import yiq
from designsystem.engine.geometry import Box

Rgba = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


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
    `window` px a side, None for no gate. ValueError when a value is out of its range: nothing is clamped.
    """

    metric: Metric = Metric.PIXELMATCH
    pixel_tolerance: float = 0.1
    allowed_share: float = 0.0
    allowed_density: float | None = None
    window: int = 32
    ignore_antialiasing: bool = True
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
    """Counts are pixels. `changed` is (height, width) of the compared area, `below` counts pixels that differ by less
    than the tolerance, `excused` those that anti-aliasing explains, `outside` those that only one picture has;
    `largest_delta` is in the metric's unit, also below the tolerance; `masked` lists the masks as clipped.
    """

    changed: Flags
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


def compare(baseline: Rgba, picture: Rgba, settings: DifferenceSettings | None = None) -> Difference:
    """Compare two RGBA pictures. Symmetric: exchanging them changes no number. ComparisonError when it cannot judge."""
    settings = settings or DifferenceSettings()
    height, width, outside = _overlap(baseline, picture, settings.sizes)
    one, other = baseline[:height, :width], picture[:height, :width]
    if outside:
        one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    masks = _clipped(settings.masks, width, height)
    unequal = yiq.packed(one) != yiq.packed(other)
    hidden = _hide(unequal, masks)
    if masks and hidden == width * height:
        raise ComparisonError("everything_masked", "the masks leave nothing to compare")
    at = np.flatnonzero(unequal)
    at = at[_visible(one, other, at)]
    delta = _deltas(one, other, at, settings.metric)
    over = delta > _limit(settings)
    suspects = at[over]
    excused = np.zeros(len(suspects), bool)
    if settings.ignore_antialiasing and settings.metric is not Metric.EXACT and len(suspects):
        excused = yiq.antialiased(one, other, suspects)
    changed = np.zeros((height, width), bool)
    changed.reshape(-1)[suspects[~excused]] = True
    densest, densest_at = _densest(changed, settings.window)
    return Difference(
        changed=changed,
        count=int(len(suspects) - excused.sum()),
        below=int(len(at) - len(suspects)),
        excused=int(excused.sum()),
        outside=outside,
        compared=width * height - hidden,
        largest_delta=_reported(float(delta.max(initial=0.0)), settings.metric),
        densest=densest,
        densest_at=densest_at,
        masked=masks,
        masked_pixels=hidden,
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


def _hide(unequal: Flags, masks: Sequence[Box]) -> int:
    """Take the masked pixels out; how many the masks cover, overlaps counted once."""
    if not masks:
        return 0
    covered = np.zeros(unequal.shape, bool)
    for mask in masks:
        covered[mask.y : mask.bottom, mask.x : mask.right] = True
    unequal &= ~covered
    return int(covered.sum())


def _visible(one: Rgba, other: Rgba, at: npt.NDArray[np.intp]) -> Flags:
    """Pixels that are fully transparent in both pictures are equal, whatever colour hides in them."""
    visible: Flags = (one.reshape(-1, 4)[at, 3] > 0) | (other.reshape(-1, 4)[at, 3] > 0)
    return visible


def _deltas(one: Rgba, other: Rgba, at: npt.NDArray[np.intp], metric: Metric) -> npt.NDArray[np.float64]:
    if metric is Metric.EXACT:
        return np.ones(len(at))
    if metric is Metric.PIXELMATCH:
        return yiq.deltas(one, other, at)
    return ciede2000(_on_white(one, at), _on_white(other, at))


def _limit(settings: DifferenceSettings) -> float:
    if settings.metric is Metric.EXACT:
        return 0.0
    if settings.metric is Metric.PIXELMATCH:
        return yiq.MAX_DELTA * settings.pixel_tolerance * settings.pixel_tolerance
    return settings.pixel_tolerance


def _reported(delta: float, metric: Metric) -> float:
    """pixelmatch's squared distance as the tolerance that would just pass it."""
    return float(np.sqrt(delta / yiq.MAX_DELTA)) if metric is Metric.PIXELMATCH else delta


def _on_white(picture: Rgba, at: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    pixels = picture.reshape(-1, 4)[at].astype(np.float64)
    alpha = pixels[:, 3:] / 255
    blended: npt.NDArray[np.uint8] = np.rint(pixels[:, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return blended


def _densest(changed: Flags, window: int) -> tuple[float, Box | None]:
    """The largest share of changed pixels in any window, by steps of half a window, and where it is."""
    if not changed.any():
        return 0.0, None
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    top, left = max(0, int(rows[0]) - window), max(0, int(columns[0]) - window)
    part = changed[top : rows[-1] + window + 1, left : columns[-1] + window + 1]
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
