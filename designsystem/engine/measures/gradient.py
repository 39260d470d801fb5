"""Gradients: areas whose colour changes evenly, and the stops and direction that paint them."""

from __future__ import annotations

from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene
from designsystem.engine.shapes.ramps import Ramp, find_ramps
from designsystem.engine.values import Gradient

_TURN = 8  # degrees
_TONE = 12  # of 255
_PLACE = 0.08
_BOXES_KEPT = 20


def measure(scene: Scene) -> list[Observation]:
    """Each gradient once, with the areas that it covers, the largest first."""
    groups: list[list[Ramp]] = []
    ramps = [r for r in find_ramps(scene.raster.rgb, scene.pixel_ratio) if not _is_detail(r, scene)]
    for ramp in sorted(ramps, key=lambda r: (-r.box.area, r.box)):
        for group in groups:
            if _alike(group[0].gradient, ramp.gradient):
                group.append(ramp)
                break
        else:
            groups.append([ramp])
    return [_observation(group, scene) for group in groups]


def _is_detail(ramp: Ramp, scene: Scene) -> bool:
    """Whether it is a piece of a larger picture: a sky, a soft shade on a wall."""
    inside = (picture.intersection(ramp.box) for picture in scene.pictures if picture.area > 2 * ramp.box.area)
    return any(common is not None and 2 * common.area > ramp.box.area for common in inside)


def _alike(one: Gradient, other: Gradient) -> bool:
    if one.kind is not other.kind or len(one.stops) != len(other.stops):
        return False
    if one.angle is not None and other.angle is not None:
        turn = abs(one.angle - other.angle) % 180
        if min(turn, 180 - turn) > _TURN:
            return False
    return all(
        abs(a.position - b.position) <= _PLACE
        and max(
            abs(a.colour.red - b.colour.red),
            abs(a.colour.green - b.colour.green),
            abs(a.colour.blue - b.colour.blue),
        )
        <= _TONE
        for a, b in zip(one.stops, other.stops, strict=True)
    )


def _observation(group: list[Ramp], scene: Scene) -> Observation:
    share = sum(ramp.box.area for ramp in group) / (scene.raster.width * scene.raster.height)
    return Observation(
        group[0].gradient,
        tuple(ramp.box for ramp in group[:_BOXES_KEPT]),
        max(0.3, 0.9 - 0.15 * group[0].misfit),
        "even-ramp",
        len(group),
        min(1.0, share),
    )
