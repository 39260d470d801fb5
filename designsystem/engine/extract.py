"""A picture in, tokens out: the one place that knows in which order the engine works."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.measures import border, colour, gradient, radius, shadow, spacing, typography
from designsystem.engine.measures.roles import assign_roles
from designsystem.engine.observation import Observation
from designsystem.engine.pixel_ratio import find_pixel_ratio
from designsystem.engine.raster import Raster
from designsystem.engine.scene import Scene
from designsystem.engine.scene_building import build_scene
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.token_set import Source, TokenSet


class Stage(StrEnum):
    """What the engine is busy with, in order. Stable: progress reports and benchmarks name them."""

    DECODING = "decoding"
    PIXEL_RATIO = "pixel-ratio"
    SCENE = "scene"
    COLOUR = "colour"
    TYPOGRAPHY = "typography"
    SPACING = "spacing"
    RADIUS = "radius"
    BORDER = "border"
    SHADOW = "shadow"
    GRADIENT = "gradient"
    NAMING = "naming"


_LIMITS = Limits()

PIXEL_RATIOS = (0.5, 8.0)  # device pixels per CSS pixel that a screen may have

_MEASURES: tuple[tuple[Stage, Callable[[Scene], Iterable[Observation]]], ...] = (
    (Stage.COLOUR, colour.measure),
    (Stage.TYPOGRAPHY, typography.measure),
    (Stage.SPACING, spacing.measure),
    (Stage.RADIUS, radius.measure),
    (Stage.BORDER, border.measure),
    (Stage.SHADOW, shadow.measure),
    (Stage.GRADIENT, gradient.measure),
)


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """What one picture gave. `timings` are seconds a stage; no document holds them, so documents stay reproducible."""

    token_set: TokenSet
    observations: tuple[Observation, ...]
    raster: Raster
    scene: Scene
    timings: Mapping[Stage, float]


def extract(
    source: bytes | Path,
    *,
    pixel_ratio: float | None = None,
    limits: Limits = _LIMITS,
    progress: Callable[[Stage], None] | None = None,
) -> Extraction:
    """Measure the tokens of the picture in `source`.

    `pixel_ratio` is device pixels per CSS pixel, found from the picture when None. `progress` is called as each stage
    begins. Raises PictureError when the picture cannot be measured, and OSError when a path cannot be read.
    """
    _check_pixel_ratio(pixel_ratio)
    watch = _Stopwatch(progress)
    watch.begin(Stage.DECODING)
    raster = decode(source, limits)
    watch.begin(Stage.PIXEL_RATIO)
    ratio, confidence = (pixel_ratio, 1.0) if pixel_ratio is not None else find_pixel_ratio(raster)
    watch.begin(Stage.SCENE)
    scene = build_scene(raster, ratio)
    observations: list[Observation] = []
    for stage, measure in _MEASURES:
        watch.begin(stage)
        observations += measure(scene)
    watch.begin(Stage.NAMING)
    facts = Source(
        raster.sha256, raster.media_type, raster.width, raster.height, ratio, pixel_ratio is not None, confidence
    )
    measured = assign_roles(scene, observations)
    token_set = assemble(measured, facts, raster.notes)
    return Extraction(token_set, tuple(measured), raster, scene, watch.end())


def _check_pixel_ratio(pixel_ratio: float | None) -> None:
    low, high = PIXEL_RATIOS
    if pixel_ratio is not None and not (isfinite(pixel_ratio) and low <= pixel_ratio <= high):
        raise PictureError(Reason.BAD_PIXEL_RATIO, f"The pixel ratio must be from {low:g} to {high:g}.")


@dataclass(slots=True)
class _Stopwatch:
    """Seconds spent in each stage, and word of each as it begins."""

    progress: Callable[[Stage], None] | None
    seconds: dict[Stage, float] = field(default_factory=dict)
    stage: Stage | None = None
    since: float = 0.0

    def begin(self, stage: Stage) -> None:
        self._stop()
        self.stage, self.since = stage, perf_counter()
        if self.progress is not None:
            self.progress(stage)

    def end(self) -> Mapping[Stage, float]:
        self._stop()
        return MappingProxyType(self.seconds)

    def _stop(self) -> None:
        if self.stage is not None:
            self.seconds[self.stage] = perf_counter() - self.since
