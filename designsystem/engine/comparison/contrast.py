"""Can it be read: every text of a picture against its ground by WCAG 2.2 (1.4.3, 1.4.6), and controls (1.4.11)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from designsystem.engine.colour_space import as_rgb, ciede2000, contrast_ratio
from designsystem.engine.comparison.apca import lightness_contrast
from designsystem.engine.comparison.finding import Answer, Finding, Level, Rule
from designsystem.engine.comparison.scales import Palette, dotted
from designsystem.engine.geometry import Box, containing, edges_of, touching
from designsystem.engine.measures.buttons import find_buttons, lines_by_box
from designsystem.engine.measures.ink import read_inks
from designsystem.engine.measures.typography import set_lines
from designsystem.engine.scene import PaintedBox, Scene, TextLine
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Colour

LARGE, LARGE_BOLD = 24.0, 56 / 3  # CSS px: 18 pt, and 14 pt in bold (WCAG 2.2, "large scale")
NON_TEXT = 3.0
_UNEVEN = 3.0  # CIEDE2000 between the ground and what lies around the letters: a gradient or a picture
_CAPITALS = 0.72  # of the font size; to guess a size in a picture, where no scale of sizes is read
_MARGIN = 3  # device px around the ink where its ground is looked at


class WcagLevel(StrEnum):
    """The level of WCAG that is asked for."""

    AA = "AA"
    AAA = "AAA"


@dataclass(frozen=True, slots=True)
class ContrastSettings:
    """`level` AA asks for 4.5 (large text 3), AAA for 7 (large 4.5); `apca` adds that figure to every pair, which
    decides nothing: it is no part of WCAG 2."""

    level: WcagLevel = WcagLevel.AA
    apca: bool = False


@dataclass(frozen=True, slots=True)
class TextPair:
    """Texts of one ink on one ground. `ratio` is exact, 1 to 21, the worst of the places; `exact` is False where
    strokes are so thin that the ink is an estimate; `uneven` where the ground is a gradient or a picture, with `best`
    the best of the places. `size` CSS px is the smallest of them; `apca` is Lc when asked for."""

    ink: Colour
    ground: Colour
    ratio: float
    best: float
    size: float
    bold: bool
    large: bool
    exact: bool
    uneven: bool
    boxes: tuple[Box, ...]
    apca: float | None = None

    @property
    def text(self) -> str:
        return f"{self.ink.hex} on {self.ground.hex}"


@dataclass(frozen=True, slots=True)
class Contrast:
    """The worst pairs first. `unread` are pictures, charts and steep gradients: text on them is not found and must be
    reviewed by a person."""

    pairs: tuple[TextPair, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Box, ...]


def floored(ratio: float) -> float:
    """Two decimals, cut: 4.499 is not 4.5 (w3c/wcag#200)."""
    return math.floor(ratio * 100 + 1e-9) / 100


def required(settings: ContrastSettings, *, large: bool) -> float:
    if settings.level is WcagLevel.AAA:
        return 4.5 if large else 7.0
    return 3.0 if large else 4.5


def contrast(scene: Scene, token_set: TokenSet | None = None, settings: ContrastSettings | None = None) -> Contrast:
    """Every text pair of the scene and what falls short. With a token set each finding names the nearest pair of tokens
    that would pass. What pixels cannot prove (exempt texts, thin strokes, uneven grounds) is a note to be reviewed."""
    settings = settings or ContrastSettings()
    pairs = sorted(_pairs(scene, settings), key=lambda pair: (pair.ratio, pair.text))
    palette = Palette.of(token_set) if token_set is not None else Palette(())
    findings = [finding for pair in pairs if (finding := _finding(pair, palette, settings)) is not None]
    return Contrast(tuple(pairs), (*findings, *_controls(scene, palette)), scene.pictures)


def _pairs(scene: Scene, settings: ContrastSettings) -> Iterable[TextPair]:
    inks = {box: ink for ink in read_inks(scene) for box in ink.boxes}
    known = set_lines(scene)
    outside = {line.box for line, _, _ in known}
    pictured = [line for line in scene.text if line.box not in outside]
    groups: dict[tuple[Colour, Colour, bool, bool], list[_Seen]] = {}
    for line, size, bold in known:
        ink = inks.get(line.box)
        colour, exact = (ink.colour, ink.exact) if ink is not None else (line.ink, line.ink_exact)
        seen = _seen(scene, line, colour, size, bold=bold, exact=exact, pictured=False)
        groups.setdefault((colour, line.ground, seen.large, seen.uneven), []).append(seen)
    for line in pictured:
        size = (line.cap_height or (line.x_height or 0.0) / 0.74) / _CAPITALS / scene.pixel_ratio
        seen = _seen(scene, line, line.ink, size, bold=False, exact=line.ink_exact, pictured=True)
        groups.setdefault((line.ink, line.ground, seen.large, seen.uneven), []).append(seen)
    for (colour, ground, large, uneven), group in groups.items():
        smallest = min(group, key=lambda each: each.size)
        yield TextPair(
            ink=colour,
            ground=ground,
            ratio=min(each.worst for each in group),
            best=max(each.best for each in group),
            size=round(smallest.size, 2),
            bold=smallest.bold,
            large=large,
            exact=any(each.exact for each in group),
            uneven=uneven,
            boxes=tuple(each.box for each in group),
            apca=round(lightness_contrast(colour, ground), 1) if settings.apca else None,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """One line of text, the size in CSS px."""

    box: Box
    worst: float
    best: float
    size: float
    bold: bool
    large: bool
    exact: bool
    uneven: bool


def _seen(scene: Scene, line: TextLine, ink: Colour, size: float, *, bold: bool, exact: bool, pictured: bool) -> _Seen:
    grounds = as_rgb([line.ground])
    around = _around(scene, line.box)
    uneven = pictured or float(ciede2000(around, grounds).max(initial=0.0)) > _UNEVEN
    ratios = contrast_ratio(as_rgb([ink]), np.vstack([grounds, around]) if uneven else grounds)
    large = size >= LARGE or (bold and size >= LARGE_BOLD)
    return _Seen(line.box, float(ratios.min()), float(ratios.max()), size, bold, large, exact, uneven)


def _around(scene: Scene, box: Box) -> npt.NDArray[np.uint8]:
    """(n, 3) the ground along the line, above and below: the median of each stretch as long as the line is high.

    Stretches where the two differ are left out: there an edge passes, and not the ground of the letters; so are those
    that a painted box beside or within the line reaches, as a field does after its label or a key in a sentence.
    """
    rgb = scene.raster.rgb
    above, below = (
        rgb[max(0, top) : max(0, top + 2), box.x : box.right] for top in (box.y - _MARGIN, box.bottom + _MARGIN - 2)
    )
    if not above.size or not below.size:
        return np.zeros((0, 3), np.uint8)
    stretch = max(4, box.height)
    covered = _covered(scene, box)
    ends = [x for x in range(0, box.width, stretch) if not covered[x : x + stretch].any()]
    medians = [
        np.array([np.median(part[:, x : x + stretch].reshape(-1, 3), axis=0) for x in ends]).reshape(-1, 3)
        for part in (above, below)
    ]
    alike = ciede2000(medians[0], medians[1]) <= _UNEVEN
    grounds: npt.NDArray[np.uint8] = np.rint((medians[0] + medians[1])[alike] / 2).astype(np.uint8)
    return grounds


def _covered(scene: Scene, line: Box) -> npt.NDArray[np.bool_]:
    """(width,) the columns of `line` that painted boxes reach which do not hold it."""
    covered = np.zeros(line.width, dtype=np.bool_)
    edges = edges_of(painted.box for painted in scene.boxes)
    around = edges + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])
    others = edges[~containing(around, line)]
    for left, _, right, _ in others[touching(others, line)].astype(int):
        covered[max(0, left - line.x) : max(0, right - line.x)] = True
    return covered


def _finding(pair: TextPair, palette: Palette, settings: ContrastSettings) -> Finding | None:
    minimum = required(ContrastSettings(WcagLevel.AA), large=pair.large)
    wanted = required(settings, large=pair.large)
    if pair.ratio >= wanted:
        return None
    rule = Rule.CONTRAST_MINIMUM if pair.ratio < minimum else Rule.CONTRAST_ENHANCED
    wanted = minimum if rule is Rule.CONTRAST_MINIMUM else wanted
    doubt = "its strokes are too thin, or of too many shades, to show the ink itself" if not pair.exact else ""
    if pair.uneven and pair.best >= wanted:
        doubt = f"its ground is uneven, at best {floored(pair.best):g}:1"
    kind = "large text" if pair.large else "text"
    message = f"The {kind} {pair.text} has a contrast of {floored(pair.ratio):.2f}:1, {wanted:g}:1 is needed"
    return Finding(
        rule=rule,
        level=Level.NOTE if doubt else Level.ERROR,
        message=f"{message}; needs review: {doubt}." if doubt else f"{message}.",
        found=pair.text,
        boxes=pair.boxes,
        count=len(pair.boxes),
        measured=floored(pair.ratio),
        required=wanted,
        unit=":1",
        nearest=passing_pair(pair.ink, pair.ground, palette, wanted),
        confidence=0.5 if doubt else 0.9,
    )


def passing_pair(ink: Colour, ground: Colour, palette: Palette, wanted: float) -> Answer | None:
    """The tokens for ink and ground that have the contrast and are least far (sum of CIEDE2000) from what is there."""
    if not palette.scale:
        return None
    colours = as_rgb(step.value for step in palette.scale)
    ratios = contrast_ratio(colours[:, None], colours[None])
    distances = ciede2000(as_rgb([ink]), colours)[:, None] + ciede2000(as_rgb([ground]), colours)[None]
    distances = np.where(ratios >= wanted, distances, np.inf)
    text, under = (int(index) for index in np.unravel_index(int(distances.argmin()), distances.shape))
    if not np.isfinite(distances[text, under]):
        return None
    pair = palette.scale[text], palette.scale[under]
    return Answer(
        tuple(dotted(step.paths[0]) for step in pair),
        f"{pair[0].value.hex} on {pair[1].value.hex}, {floored(float(ratios[text, under])):.2f}:1",
        round(float(distances[text, under]), 3),
    )


def _controls(scene: Scene, palette: Palette) -> Iterable[Finding]:
    """Framed boxes that look like controls and hardly stand out; a fill without a frame is told by its label. Pixels do
    not show what is switched off, or told apart by other means, so each is a note."""
    groups: dict[tuple[str, float], list[PaintedBox]] = {}
    colours: dict[tuple[str, float], tuple[Colour, Colour]] = {}
    for button in find_buttons(scene, lines_by_box(scene)):
        box = button.box
        if box.parent is None or box.frame is None:
            continue
        around = scene.boxes[box.parent].fill
        edges = [box.fill, box.frame.colour]
        ratios = np.atleast_1d(contrast_ratio(as_rgb(edges), as_rgb([around])))
        best = int(ratios.argmax())
        if ratios[best] < NON_TEXT:
            key = (f"{edges[best].hex} on {around.hex}", float(ratios[best]))
            groups.setdefault(key, []).append(box)
            colours[key] = (edges[best], around)
    for (text, ratio), boxes in sorted(groups.items(), key=lambda item: (item[0][1], item[0][0])):
        yield _control(text, ratio, boxes, passing_pair(*colours[text, ratio], palette, NON_TEXT))


def _control(text: str, ratio: float, boxes: Sequence[PaintedBox], answer: Answer | None) -> Finding:
    return Finding(
        rule=Rule.CONTRAST_NON_TEXT,
        level=Level.NOTE,
        message=f"The edge {text} has a contrast of {floored(ratio):.2f}:1, {NON_TEXT:g}:1 is needed where it alone "
        "shows a control; needs review.",
        found=text,
        boxes=tuple(box.box for box in boxes),
        count=len(boxes),
        measured=floored(ratio),
        required=NON_TEXT,
        unit=":1",
        nearest=answer,
        confidence=0.5,
    )
