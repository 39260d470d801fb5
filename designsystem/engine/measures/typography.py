"""The text styles in use: size, weight, colour and line height from the ink of the lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene, TextLine
from designsystem.engine.text.families import FAMILIES
from designsystem.engine.text.rulers import ruler
from designsystem.engine.text.scale import Setting, find_setting
from designsystem.engine.values import Colour, FontClass, Typography

_METHOD = "ink-metrics"
_FEWEST_LETTERS = 4  # of a style on the whole page: fewer may be an icon or a logo
_BOLD = 0.208  # stem to x-height: regular weights stay below, semi-bold begins above, in every family measured
_BOLD_SMALL, _SMALL = 0.25, 5.5  # where the x-height is so few device pixels, even regular stems look thick
_WEIGHTS = ((0.135, 300), (0.208, 400), (0.235, 600), (np.inf, 700))  # upper bounds of stem to x-height
_LINE_HEIGHTS = (0.95, 1.9)  # multiples of the size between which two lines are of one paragraph
_WRAPPED = 0.75  # of the line below: a line that wraps is at least so long
_LONG = 14  # times its height: lines of a paragraph are; labels that happen to stand under each other are not
_KEPT_BOXES = 32
_KEPT_RULERS = 8
_SURE = 0.95  # probability from which a family is named
_FAMILIES = {family.name: family for family in FAMILIES}
Resize = Callable[[TextLine, float], float]
"""The size (CSS px) of a line that its letters alone say to be of the given one."""


def measure(scene: Scene, expected: Sequence[float] = (), resize: Resize | None = None) -> list[Observation]:
    """One observation for each size and weight in use, with its dominant colour; the largest first. `expected` are the
    sizes (CSS px) of a design; `resize` may know better in which size a line is set."""
    lines = [line for line in scene.text if not _in_picture(scene, line)]
    if not lines:
        return []
    ratios, bold = _stems(lines)
    setting = find_setting(lines, bold, scene.pixel_ratio, expected)
    if resize is not None:
        setting = replace(setting, sizes=tuple(map(resize, lines, setting.sizes)))
    styles: dict[tuple[float, bool], list[int]] = defaultdict(list)
    for index, (size, heavy) in enumerate(zip(setting.sizes, bold.tolist(), strict=True)):
        styles[size, heavy].append(index)
    pitches = _line_pitches(lines, setting.sizes, bold)
    found = []
    for (size, heavy), members in sorted(styles.items(), reverse=True):
        shown = [lines[member] for member in members]
        if sum(line.glyphs for line in shown) < _FEWEST_LETTERS:
            continue
        value = Typography(
            size=size,
            weight=_weight(shown, ratios[members], heavy),
            colour=_dominant_colour(shown),
            line_height=_line_height([pitches[member] for member in members], size * scene.pixel_ratio),
            font_class=_font_class(shown, setting),
            families=_families(shown, setting),
        )
        found.append(_observation(value, shown, scene.pixel_ratio))
    return found


def set_lines(scene: Scene) -> list[tuple[TextLine, float, bool]]:
    """Every line outside pictures with the size (CSS px) that it is set in, and whether it is bold."""
    lines = [line for line in scene.text if not _in_picture(scene, line)]
    if not lines:
        return []
    _, bold = _stems(lines)
    sizes = find_setting(lines, bold, scene.pixel_ratio).sizes
    return list(zip(lines, sizes, bold.tolist(), strict=True))


def _stems(lines: Sequence[TextLine]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Stem to x-height of each line, and whether that is bold."""
    ratios = np.array([_stem_ratio(line) for line in lines])
    bold = np.array([ratio > _threshold(line) for ratio, line in zip(ratios.tolist(), lines, strict=True)])
    return ratios, bold


def _observation(value: Typography, shown: Sequence[TextLine], pixel_ratio: float) -> Observation:
    telling = sorted(shown, key=lambda line: (-line.glyphs, line.box))
    letters = sum(line.glyphs for line in shown)
    boxes: tuple[Box, ...] = tuple(line.box for line in telling[:_KEPT_BOXES])
    rulers = filter(None, (ruler(line, value.size, pixel_ratio) for line in telling))
    return Observation(
        value,
        boxes,
        confidence=round(letters / (letters + 6), 3),
        method=_METHOD,
        count=len(shown),
        rulers=tuple(islice(dict.fromkeys(rulers), _KEPT_RULERS)),
    )


def _in_picture(scene: Scene, line: TextLine) -> bool:
    box = line.box
    return bool(scene.picture_mask[box.y : box.bottom, box.x : box.right].mean() > 0.5)


def _stem_ratio(line: TextLine) -> float:
    return (line.stroke or 0.0) / line.body


def _threshold(line: TextLine) -> float:
    return _BOLD_SMALL if line.body < _SMALL else _BOLD


def _weight(shown: Sequence[TextLine], ratios: npt.NDArray[np.float64], heavy: bool) -> int:
    """The nearest common weight of the median letter, on the side of bold that every line of the style is on."""
    repeated = np.repeat(ratios, [line.glyphs for line in shown])
    ratio = float(np.median(repeated))
    weight = next(weight for bound, weight in _WEIGHTS if ratio < bound)
    return max(weight, 600) if heavy else min(weight, 400)


def _dominant_colour(shown: Sequence[TextLine]) -> Colour:
    letters: Counter[tuple[bool, Colour]] = Counter()
    for line in shown:
        letters[line.ink_exact, line.ink] += line.glyphs
    return max(letters, key=lambda each: (letters[each] * (2 if each[0] else 1), each))[1]


def _font_class(shown: Sequence[TextLine], setting: Setting) -> FontClass:
    if _mostly_monospaced(shown):
        return FontClass.MONO
    odds: dict[FontClass, float] = defaultdict(float)
    for name, share in setting.families:
        odds[_FAMILIES[name].font_class] += share
    return max(odds, key=lambda each: odds[each])


def _families(shown: Sequence[TextLine], setting: Setting) -> tuple[str, ...]:
    if _mostly_monospaced(shown) or setting.families[0][1] < _SURE:
        return ()
    return tuple(name for name, share in setting.families if share >= 0.05)


def _mostly_monospaced(shown: Sequence[TextLine]) -> bool:
    even = sum(line.glyphs for line in shown if line.monospaced)
    return 2 * even > sum(line.glyphs for line in shown)


def _line_pitches(lines: Sequence[TextLine], sizes: Sequence[float], bold: npt.NDArray[np.bool_]) -> list[float | None]:
    """For each line the distance of its baseline to the next one of the same style below it, where it wraps there."""
    order = sorted(range(len(lines)), key=lambda index: lines[index].baseline)
    pitches: list[float | None] = [None] * len(lines)
    for place, index in enumerate(order):
        line = lines[index]
        for other in order[place + 1 :]:
            below = lines[other]
            distance = below.baseline - line.baseline
            if distance > 3 * line.body * _LINE_HEIGHTS[1]:
                break
            same = sizes[other] == sizes[index] and bold[other] == bold[index] and below.ground == line.ground
            if same and distance > line.body and _wraps(line.box, below.box):
                pitches[index] = distance
                break
    return pitches


def _wraps(line: Box, below: Box) -> bool:
    """Whether the line below goes on where the line ends: it begins under it and is no longer by much."""
    aligned = abs(line.x - below.x) <= line.height // 4
    return aligned and line.width >= _WRAPPED * below.width and line.width > _LONG * line.height


def _line_height(pitches: Sequence[float | None], size: float) -> float | None:
    """A multiple of the size, from the commonest pitch of wrapped lines."""
    low, high = _LINE_HEIGHTS
    fitting = Counter(round(pitch) for pitch in pitches if pitch is not None and low * size <= pitch <= high * size)
    if not fitting:
        return None
    pitch = max(fitting, key=lambda each: (fitting[each], -each))
    return round(pitch / size, 2)
