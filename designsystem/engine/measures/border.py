"""Borders: the lines around boxes and between things, each width and colour once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Frame, Scene
from designsystem.engine.values import Border, LineStyle

_NOISE = 6.0  # CIEDE2000 below which two lines of a lossy picture have one colour
MOST_BOXES = 50
SMALLEST_FRAMED = 12  # CSS px: a smaller outline belongs to an icon
THINNEST_ACCENT = 2  # CSS px: the bar at the side of a quotation or a message
SHORTEST_SIDE_LINE = 240  # CSS px: shorter ones are the edge of a raised button


@dataclass(frozen=True, slots=True)
class _Sighting:
    border: Border
    box: Box
    confidence: float
    method: str


def measure(scene: Scene) -> list[Observation]:
    """Every border, the one seen most often first."""
    seen: dict[Border, list[_Sighting]] = {}
    for sighting in _sightings(scene):
        seen.setdefault(sighting.border, []).append(sighting)
    if not scene.raster.lossless:
        seen = _without_noise(seen)
    return sorted((_observation(border, each) for border, each in seen.items()), key=_order)


def _sightings(scene: Scene) -> Iterator[_Sighting]:
    smallest = SMALLEST_FRAMED * scene.pixel_ratio
    for painted in scene.boxes:
        frame = painted.frame
        if frame is None or min(painted.box.width, painted.box.height) < smallest:
            continue
        border = Border(frame.width / scene.pixel_ratio, frame.colour, frame.style)
        if sum(frame.sides) >= 3:
            yield _Sighting(border, painted.box, 0.95, "frame")
        elif _is_side_line(painted.box, frame, scene.pixel_ratio):
            yield _Sighting(border, painted.box, 0.6, "side-line")
    for rule in scene.rules:
        thickness = rule.box.height if rule.horizontal else rule.box.width
        border = Border(thickness / scene.pixel_ratio, rule.colour, rule.style)
        yield _Sighting(border, rule.box, 0.8, "rule")


def _without_noise(seen: dict[Border, list[_Sighting]]) -> dict[Border, list[_Sighting]]:
    """The borders of a lossy picture: shades of one colour at one width are one border, the one seen most often."""
    kept: dict[Border, list[_Sighting]] = {}
    for border, sightings in sorted(seen.items(), key=lambda item: -len(item[1])):
        alike = [b for b in kept if b.width == border.width and b.style == border.style]
        distance = ciede2000(as_rgb([border.colour]), as_rgb(b.colour for b in alike))
        if len(alike) and float(distance.min()) < _NOISE:
            kept[alike[int(distance.argmin())]] += sightings
        else:
            kept[border] = sightings
    return kept


def _is_side_line(box: Box, frame: Frame, pixel_ratio: float) -> bool:
    """Whether lines on one or two sides are borders, not the hard shadow or bevel of a button."""
    top, right, bottom, left = frame.sides
    if (top and bottom) or (left and right):
        return True
    if (top or bottom) and (left or right):
        return False
    if left or right:
        return frame.width >= THINNEST_ACCENT * pixel_ratio or box.height >= SHORTEST_SIDE_LINE * pixel_ratio
    return box.width >= SHORTEST_SIDE_LINE * pixel_ratio


def _observation(border: Border, sightings: list[_Sighting]) -> Observation:
    best = max(sightings, key=lambda s: s.confidence)
    boxes = tuple(dict.fromkeys(s.box for s in sorted(sightings, key=lambda s: -s.confidence)))
    return Observation(border, boxes[:MOST_BOXES], best.confidence, best.method, count=len(sightings))


def _order(observation: Observation) -> tuple[float, float, str, LineStyle]:
    border = observation.value
    assert isinstance(border, Border)
    return (-observation.count, border.width, border.colour.hex, border.style)
