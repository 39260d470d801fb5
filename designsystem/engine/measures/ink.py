"""The colours text is set in, told from the paler ones that thin strokes reach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from designsystem.engine.colour_space import as_rgb
from designsystem.engine.geometry import Box
from designsystem.engine.scene import Scene, TextLine
from designsystem.engine.values import Colour

# Pixels of exactly the ink's colour for each letter. A stroke wider than a pixel leaves many, the peaks of
# anti-aliased hairlines few: on the corpus nine inks in ten have more than 2.7, half of the peaks less than 1.4.
_SETTLED = 3.5
_SPARSE = 1.0
# Neighbours in a row that both have it, for each letter. A stem that falls between two columns shows its peak one pixel
# wide however long it is: "61" has a dozen such pixels, no two of them side by side.
_WIDE = 0.1
_FEW = 8  # pixels; a peak that is no more than a part of the way is not hit more often in exactly one colour
_DENSE_PEAK, _NEAR_PEAK, _FAR_PEAK = 0.9, 0.8, 0.6  # part of the way from ground to ink that a hairline's peak reaches
_REPEATED, _REPEATED_PEAK = 6, 0.93  # lines that show an ink, and how near the peak of another must then come to it
_OFF_LINE = 3.0  # levels a blend may lie off the straight line from ground to ink
# What a browser sets text in unless told otherwise: text, its reverse, placeholders (Chromium's UA style sheet), links.
_USUAL = tuple(Colour.from_hex(each) for each in ("#000000", "#ffffff", "#757575", "#0000ee"))
_USUAL_PEAK = 0.92


@dataclass(slots=True)
class Ink:
    """One text colour. `pixels` show exactly it, `pairs` of them side by side, in `glyphs` letters; `grounds` are what
    it is set on."""

    colour: Colour
    exact: bool
    pixels: int
    pairs: int
    glyphs: int
    boxes: list[Box]
    grounds: list[Colour]

    @property
    def density(self) -> float:
        return self.pixels / max(1, self.glyphs)

    @property
    def settled(self) -> bool:
        """Whether strokes are wide enough to show it for certain."""
        return self.density >= _SETTLED and self.wide

    @property
    def wide(self) -> bool:
        """Whether it is more than the peak of upright stems."""
        return self.pairs >= _WIDE * self.glyphs

    @property
    def reach(self) -> int:
        """Levels by which it stands out of its grounds at most."""
        return int(np.abs(as_rgb(self.grounds).astype(np.int16) - as_rgb([self.colour])).max())


def read_inks(scene: Scene) -> list[Ink]:
    """The inks of the scene, those with most letters first; peaks of another ink's hairlines are counted to it, those
    of a browser's own colour are taken for that. Shades of a gradient on letters are no inks."""
    inks: dict[Colour, Ink] = {}
    for line in scene.text:
        if not line.shaded and not _in_picture(scene, line):
            _count(scene, line, inks)
    ranked = sorted(inks.values(), key=_surest_first)
    kept: list[Ink] = []
    for ink in ranked:
        full = _full_ink(ink, kept)
        if full is None:
            kept.append(_as_usual(ink) if scene.raster.lossless else ink)
        else:
            full.boxes += ink.boxes
            full.glyphs += ink.glyphs
            full.pixels += ink.pixels
            full.pairs += ink.pairs
    return sorted(kept, key=lambda ink: (-ink.glyphs, ink.colour))


def _surest_first(ink: Ink) -> tuple[bool, float, Colour]:
    """Sort key: settled inks by their density; of the others those that reach farthest, as the rest may be peaks."""
    return not ink.settled, -ink.density if ink.settled else -ink.reach, ink.colour


def _count(scene: Scene, line: TextLine, inks: dict[Colour, Ink]) -> None:
    code = line.ink.red << 16 | line.ink.green << 8 | line.ink.blue
    box = line.box
    shown = scene.areas.packed[box.y : box.bottom, box.x : box.right] == code
    ink = inks.setdefault(line.ink, Ink(line.ink, False, 0, 0, 0, [], []))
    ink.exact = ink.exact or line.ink_exact
    ink.pixels += int(shown.sum())
    ink.pairs += int((shown[:, 1:] & shown[:, :-1]).sum())
    ink.glyphs += line.glyphs
    ink.boxes.append(box)
    ink.grounds.append(line.ground)


def _in_picture(scene: Scene, line: TextLine) -> bool:
    """Whether what looks like text belongs to a picture; exact ink on a picture may still be the interface's."""
    box = line.box
    if not line.ink_exact and any(picture.contains(box) for picture in scene.pictures):
        return True
    return bool(scene.picture_mask[box.y : box.bottom, box.x : box.right].mean() > 0.5)


def _full_ink(ink: Ink, candidates: list[Ink]) -> Ink | None:
    """The nearest ink of which `ink` is only what thin strokes reach on their ground, None when there is none."""
    if ink.settled:
        return None
    least = _least_part(ink)
    best: tuple[float, Ink] | None = None
    for other in candidates:
        if not _may_peak_as(ink, other):
            continue
        part = max(_part_of_the_way(ground, ink.colour, other.colour) for ground in set(ink.grounds))
        if part >= least and (best is None or part > best[0]):
            best = (part, other)
    return best[1] if best else None


def _as_usual(ink: Ink) -> Ink:
    """`ink`, or as an estimate the browser's own colour that it nearly reaches where it is no more than a peak."""
    if ink.wide:
        return ink
    for usual in _USUAL:
        if any(_part_of_the_way(ground, ink.colour, usual) >= _USUAL_PEAK for ground in set(ink.grounds)):
            return replace(ink, colour=usual, exact=ink.exact and ink.colour == usual)
    return ink


def _may_peak_as(ink: Ink, other: Ink) -> bool:
    """Whether `other` shows more of itself; stems alone may look denser than their ink, which more letters show."""
    if other.density > ink.density and ink.density < _SETTLED:
        return True
    return not ink.wide and other.exact and other.glyphs >= ink.glyphs


def _least_part(ink: Ink) -> float:
    """How near to another ink it must come to be its peak; what many lines or pixels show alike may be an ink."""
    if len(ink.boxes) >= _REPEATED:
        return _REPEATED_PEAK
    if ink.density >= _SETTLED:
        return _DENSE_PEAK
    few = ink.density < _SPARSE and ink.pixels < _FEW
    return _FAR_PEAK if few or not ink.exact else _NEAR_PEAK


def _part_of_the_way(ground: Colour, peak: Colour, ink: Colour) -> float:
    """How far from `ground` to `ink` the colour `peak` lies, 0 to 1; 0 when it lies on another way."""
    start, middle, end = as_rgb((ground, peak, ink)).astype(np.float64)
    way = end - start
    length = float(way @ way)
    if length == 0:
        return 0.0
    part = float((middle - start) @ way) / length
    off = float(np.abs(start + part * way - middle).max())
    return part if off <= _OFF_LINE and part <= 1 else 0.0
