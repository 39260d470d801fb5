"""Shadows: what fades around a box is unmixed from its ground and fitted with the profile that browsers paint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.scene import PaintedBox, Scene, Shape
from designsystem.engine.shapes.blur import ROUNDED_WIDTH, BlurFit, fit_blur
from designsystem.engine.shapes.edges import Floats, channels, painted_edge
from designsystem.engine.shapes.side_profiles import SideProfiles, read_side_profiles
from designsystem.engine.values import Colour, Shadow, ShadowLayer

_REACH = 100  # CSS px looked at beyond each side
_SMALLEST_SIDE = 8  # CSS px
_LARGEST_BLUR = 100  # CSS px
_SMALLEST_BLUR = 1  # CSS px
_BOXES_KEPT = 20


def measure(scene: Scene) -> list[Observation]:
    """Each shadow in use once, in CSS px, faintest blur first."""
    fits = _Fits(scene.pixel_ratio)
    seen = [s for s in (_shadow(scene, box, fits) for box in scene.boxes[1:]) if s is not None]
    return [_observation(group) for group in _clusters(seen)]


@dataclass(frozen=True, slots=True)
class _Seen:
    box: Box
    layer: ShadowLayer
    error: float


class _Fits:
    """Fits already made: cards of a page repeat their surroundings to the pixel."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self._known: dict[tuple[object, ...], BlurFit | None] = {}

    def fit(self, profiles: SideProfiles, box: Box) -> BlurFit | None:
        sides = tuple(np.round(side).astype(np.int16).tobytes() for side in profiles.sides)
        key = (sides, tuple(np.round(profiles.direction, 2)), box.width, box.height)
        if key not in self._known:
            self._known[key] = fit_blur(profiles, box.width, box.height, self.ratio)
        return self._known[key]


def _shadow(scene: Scene, painted: PaintedBox, fits: _Fits) -> _Seen | None:
    ratio = scene.pixel_ratio
    if min(painted.box.width, painted.box.height) < _SMALLEST_SIDE * ratio or painted.parent is None:
        return None
    box, _ = painted_edge(scene.raster.rgb, painted)
    profiles = read_side_profiles(scene.raster.rgb, box, _grounds(scene, painted), round(_REACH * ratio))
    if profiles is None or not _fades(profiles):
        return None
    fit = fits.fit(profiles, box)
    if fit is None:
        return None
    blur = fit.width / (1 if painted.shape is Shape.RECTANGLE else ROUNDED_WIDTH)
    if not _believed(fit, blur):
        return None
    layer = ShadowLayer(fit.x, fit.y, blur, fit.spread, _colour(profiles, fit.depth))
    return _Seen(box, layer, fit.error)


def _grounds(scene: Scene, painted: PaintedBox) -> list[Floats]:
    """The colours of all boxes around this one, nearest first."""
    fills = []
    while painted.parent is not None:
        painted = scene.boxes[painted.parent]
        fills.append(painted.fill)
    return [channels(fill) for fill in dict.fromkeys(fills)]


def _fades(profiles: SideProfiles) -> bool:
    """Whether some side passes through several tones on its way to the ground, and above or below can be seen.

    The sides alone do not tell how far a shadow has dropped.
    """
    if max(len(profiles.sides[0]), len(profiles.sides[2])) < 3:
        return False
    return any(len(np.unique(np.round(side[side > 1]))) >= 3 for side in profiles.sides)


def _believed(fit: BlurFit, blur: float) -> bool:
    if not _SMALLEST_BLUR <= blur <= _LARGEST_BLUR or fit.depth > 450:
        return False
    if fit.error > max(1.0, 0.03 * fit.depth):
        return False
    if fit.depth <= 0:
        return False
    return abs(fit.x) <= 1.5 * blur + 2 and abs(fit.y) <= 2 * blur + 2 and abs(fit.spread) <= 1.5 * blur


def _colour(profiles: SideProfiles, depth: float) -> Colour:
    """The colour of least alpha that shifts the ground as far as seen at full coverage."""
    shift = profiles.direction * depth
    room = np.where(shift < 0, profiles.ground, 255 - profiles.ground)
    alpha = float(np.clip((np.abs(shift) / np.maximum(room, 1)).max(), 0.01, 1))
    red, green, blue = (round(float(v)) for v in np.clip(profiles.ground + shift / alpha, 0, 255))
    return Colour(red, green, blue, round(alpha, 2))


def _clusters(seen: list[_Seen]) -> list[list[_Seen]]:
    groups: list[list[_Seen]] = []
    for each in sorted(seen, key=lambda s: s.error):
        for group in groups:
            if _alike(group[0].layer, each.layer):
                group.append(each)
                break
        else:
            groups.append([each])
    return sorted(groups, key=lambda g: (g[0].layer.blur, g[0].layer.offset_y))


def _alike(one: ShadowLayer, other: ShadowLayer) -> bool:
    return abs(one.offset_y - other.offset_y) <= max(1.0, 0.1 * one.blur) and abs(one.blur - other.blur) <= max(
        1.5, 0.2 * one.blur
    )


def _observation(group: list[_Seen]) -> Observation:
    best = group[0].layer
    layer = ShadowLayer(
        _snapped(best.offset_x), _snapped(best.offset_y), _snapped(best.blur), _snapped(best.spread), best.colour
    )
    boxes = tuple(dict.fromkeys(s.box for s in group))
    return Observation(
        Shadow((layer,)), boxes[:_BOXES_KEPT], min(0.95, 1 - 0.5 ** (len(boxes) + 1)), "blur-profile", len(boxes)
    )


def _snapped(length: float) -> float:
    return float(round(length))
