"""Colours that the interface uses on purpose: those of which something painted is proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.geometry import Box
from designsystem.engine.measures.ink import Ink, read_inks
from designsystem.engine.observation import Observation
from designsystem.engine.regions.flat_areas import unpack
from designsystem.engine.regions.ramps import ramp_steps
from designsystem.engine.scene import Scene
from designsystem.engine.values import Colour

MOST_BOXES = 50
SOLID = 6  # CSS px: side of the square that fits into an area which is a surface, not a line, a letter or a step
SMALLEST_FRAMED = 12  # CSS px: a smaller outline belongs to an icon
SMALLEST_PAGE = 0.02  # of the picture
FEWEST_SOLID = 400  # CSS px²


@dataclass(slots=True)
class Evidence:
    """Everything that shows one colour."""

    sightings: list[tuple[Box, str]] = field(default_factory=list)
    exact: bool = False

    def add(self, box: Box, method: str, *, exact: bool = True) -> None:
        self.sightings.append((box, method))
        self.exact = self.exact or exact

    @property
    def wide(self) -> bool:
        """Whether an area shows it, not only lines or letters."""
        return any(method in ("box-fill", "surface") for _, method in self.sightings)

    @property
    def noise(self) -> float:
        """CIEDE2000 below which, in a lossy picture, it may be a surer colour that compression has changed."""
        return min(_NOISE[method] for _, method in self.sightings)

    @property
    def weight(self) -> int:
        """Pixels over which it was seen, roughly."""
        return sum(box.area for box, _ in self.sightings)


_SAME_INK = 1.0  # CIEDE2000 within which two colours of letters are one token
_ESTIMATE = 3.0  # CIEDE2000 below which an estimated colour is a proven one
_NOISE = {"box-fill": 0.9, "surface": 0.9, "frame": 4.0, "rule": 4.0, "text-core": 7.0, "text-estimate": 8.0}
_CONFIDENCE = {"box-fill": 0.98, "frame": 0.95, "surface": 0.9, "rule": 0.9, "text-core": 0.9, "text-estimate": 0.5}


def measure(scene: Scene) -> list[Observation]:
    """Every colour with proof, the largest first. Blends, shadow steps and what pictures hold are not among them."""
    evidence = _gather(scene)
    if not evidence:
        return []
    if scene.raster.lossless:
        _drop_estimates(evidence)
    else:
        evidence = _without_noise(evidence)
    shares = _shares(scene, evidence)
    found = [_observation(colour, each, shares[colour]) for colour, each in evidence.items()]
    return sorted(found, key=lambda o: (-o.share, o.value.hex if isinstance(o.value, Colour) else ""))


def _gather(scene: Scene) -> dict[Colour, Evidence]:
    evidence: dict[Colour, Evidence] = {}
    for colour, box, method in _proofs(scene):
        evidence.setdefault(colour, Evidence()).add(box, method, exact=method != "text-estimate")
    return evidence


def _proofs(scene: Scene) -> Iterator[tuple[Colour, Box, str]]:
    smallest = SMALLEST_FRAMED * scene.pixel_ratio
    for painted in scene.boxes if _page_is_flat(scene) else scene.boxes[1:]:
        yield painted.fill, painted.box, "box-fill"
    for painted in scene.boxes:
        if painted.frame is not None and min(painted.box.width, painted.box.height) >= smallest:
            yield painted.frame.colour, painted.box, "frame"
    yield from _surfaces(scene)
    for rule in scene.rules:
        yield rule.colour, rule.box, "rule"
    for ink, colour in _distinct(read_inks(scene)):
        for box in ink.boxes:
            yield colour, box, "text-core" if ink.exact else "text-estimate"


def _distinct(inks: list[Ink]) -> Iterator[tuple[Ink, Colour]]:
    """Each ink with the colour it is counted to: one that nobody can tell from an exact ink of more letters is that
    ink, as text seen through a veil is."""
    kept: list[Colour] = []
    for ink in sorted(inks, key=lambda ink: not ink.exact):
        nearest = _nearest(ink.colour, kept, _SAME_INK)
        if nearest is None:
            kept.append(ink.colour)
        yield ink, nearest or ink.colour


def _page_is_flat(scene: Scene) -> bool:
    """Whether the page has one fill of its own; that of a gradient or a photograph is but one shade of many."""
    page = scene.boxes[0].fill
    same = scene.areas.colour == (page.red << 16 | page.green << 8 | page.blue)
    same &= ~ramp_steps(scene.areas, same & (scene.areas.size >= FEWEST_SOLID))
    shown = scene.areas.size[same].sum() / scene.areas.packed.size
    return bool(shown >= SMALLEST_PAGE)


def _surfaces(scene: Scene) -> Iterator[tuple[Colour, Box, str]]:
    """Areas of any shape that are wide both ways, outside pictures, and no step of a ramp."""
    areas = scene.areas
    side = max(2, round(SOLID * scene.pixel_ratio))
    solid = _solid_pixels(areas.labels, scene.picture_mask, side, len(areas))
    large = solid >= FEWEST_SOLID * scene.pixel_ratio**2
    large &= ~ramp_steps(areas, large)
    found = np.flatnonzero(large)
    for area in found[np.argsort(-areas.size[found], kind="stable")]:
        box = Box.from_edges(
            int(areas.left[area]), int(areas.top[area]), int(areas.right[area]), int(areas.bottom[area])
        )
        yield unpack(int(areas.colour[area])), box, "surface"


def _solid_pixels(
    labels: npt.NDArray[np.int32], picture_mask: npt.NDArray[np.bool_], side: int, count: int
) -> npt.NDArray[np.int64]:
    """For each area the number of its squares of `side` whose four corners lie in it and outside pictures."""
    if min(labels.shape) < side:
        return np.zeros(count, dtype=np.int64)
    reach = side - 1
    here = labels[: -reach or None, : -reach or None]
    right, below = labels[: -reach or None, reach:], labels[reach:, : -reach or None]
    square = (here == right) & (here == below) & (here == labels[reach:, reach:])
    square &= ~picture_mask[: -reach or None, : -reach or None]
    return np.bincount(here[square], minlength=count)


def _drop_estimates(evidence: dict[Colour, Evidence]) -> None:
    """A colour that is only estimated from thin letters gives way to a proven one that it cannot be told from."""
    proven = [colour for colour, each in evidence.items() if each.exact]
    for colour in [colour for colour, each in evidence.items() if not each.exact]:
        nearest = _nearest(colour, proven, _ESTIMATE)
        if nearest is not None:
            evidence[nearest].sightings += evidence.pop(colour).sightings


def _without_noise(evidence: dict[Colour, Evidence]) -> dict[Colour, Evidence]:
    """The colours of a lossy picture: what lines and letters show is noisy and gives way to anything surer nearby."""
    ranked = sorted(evidence.items(), key=lambda item: (not item[1].wide, -item[1].weight, item[0]))
    kept: dict[Colour, Evidence] = {}
    for colour, each in ranked:
        nearest = _nearest(colour, kept, each.noise)
        if nearest is None:
            kept[colour] = each
        else:
            kept[nearest].sightings += each.sightings
    return kept


def _nearest(colour: Colour, others: Iterable[Colour], within: float) -> Colour | None:
    """The nearest of `others` by CIEDE2000, None when none is as near as `within`."""
    candidates = list(others)
    if not candidates:
        return None
    distance = ciede2000(as_rgb([colour]), as_rgb(candidates))
    return candidates[int(distance.argmin())] if float(distance.min()) < within else None


def _shares(scene: Scene, colours: Iterable[Colour]) -> dict[Colour, float]:
    """The part of all pixels that has each of the colours."""
    asked = {c.red << 16 | c.green << 8 | c.blue: c for c in colours}
    codes = np.array(sorted(asked), dtype=np.int32)
    areas = scene.areas
    where = np.minimum(np.searchsorted(codes, areas.colour), len(codes) - 1)
    among = codes[where] == areas.colour
    pixels = np.bincount(where[among], weights=areas.size[among], minlength=len(codes))
    return {asked[code]: n / areas.packed.size for code, n in zip(codes.tolist(), pixels.tolist(), strict=True)}


def _observation(colour: Colour, evidence: Evidence, share: float) -> Observation:
    boxes = tuple(dict.fromkeys(box for box, _ in evidence.sightings))
    method = evidence.sightings[0][1]
    return Observation(
        value=colour,
        boxes=boxes[:MOST_BOXES],
        confidence=max(_CONFIDENCE[m] for _, m in evidence.sightings),
        method=method,
        count=len(evidence.sightings),
        share=share,
    )
