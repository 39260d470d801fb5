"""The annotated picture: every finding outlined, however small, and enlarged crops of the worst below it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.comparison.finding import Finding, Level
from designsystem.engine.comparison.verdict import Verdict
from designsystem.engine.geometry import Box
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.raster import Pixels
from designsystem.engine.report.overlay import outline

# Dark enough for a thin line on white, told apart by colour-blind people (after Okabe and Ito).
LEVEL_COLOURS: dict[Level, tuple[int, int, int]] = {
    Level.ERROR: (190, 20, 60),
    Level.WARNING: (217, 108, 0),
    Level.NOTE: (0, 114, 178),
}
ACCEPTED = (85, 85, 96)
MOST_CROPS = 12
_CROP = 160  # px a side, as shown
_MARGIN = 6  # px of context around a place
_TEXT = 22  # px for the label of a crop
_GAP = 12


def draw_validation(picture: Pixels, verdict: Verdict, baseline: Pixels | None = None) -> bytes:
    """A PNG of `picture` with the places of all findings, then one crop for each finding that fails (the first
    MOST_CROPS), beside the same part of the baseline where there is one. The same input gives the same bytes."""
    page = picture.copy()
    for finding in reversed(verdict.findings):  # those that fail last, on top
        for box in sorted(finding.boxes, key=lambda box: (-box.area, box)):
            outline(page, box, [colour_of(finding)])
    failing = [each for each in verdict.findings if each.fails and each.boxes][:MOST_CROPS]
    return encode_png(page, _strip(picture, baseline, failing))


def colour_of(finding: Finding) -> tuple[int, int, int]:
    return ACCEPTED if finding.accepted else LEVEL_COLOURS[finding.level]


def crop(picture: Pixels, box: Box) -> Pixels:
    """The place with some context, a square where the picture allows one, enlarged without smoothing to `_CROP` px."""
    height, width = picture.shape[:2]
    side = min(max(box.width, box.height) + 2 * _MARGIN, width, height)
    left = min(max(0, box.x + box.width // 2 - side // 2), width - side)
    top = min(max(0, box.y + box.height // 2 - side // 2), height - side)
    part = picture[top : top + side, left : left + side]
    way = cv2.INTER_NEAREST if side <= _CROP else cv2.INTER_AREA
    return np.asarray(cv2.resize(part, (_CROP, _CROP), interpolation=way), np.uint8)


def _strip(picture: Pixels, baseline: Pixels | None, failing: Sequence[Finding]) -> Pixels:
    """The crops in rows as wide as the picture; nothing when none fails."""
    width = picture.shape[1]
    shown = 1 if baseline is None else 2
    cell = (_CROP * shown + 4 * (shown - 1), _CROP + _TEXT)
    columns = max(1, (width - _GAP) // (cell[0] + _GAP))
    rows = -(-len(failing) // columns)
    if not rows or width < cell[0]:
        return np.zeros((0, width, 3), np.uint8)
    strip = Image.new("RGB", (width, rows * (cell[1] + _GAP) + _GAP), "#ffffff")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(13)
    for index, finding in enumerate(failing):
        left = _GAP + index % columns * (cell[0] + _GAP)
        top = _GAP + index // columns * (cell[1] + _GAP)
        draw.text((left, top), _fitted(f"{finding.rule.value} {finding.found}", font, cell[0]), "#222222", font)
        sources = [picture] if baseline is None else [baseline, picture]
        for place, source in enumerate(sources):
            if _inside(finding.boxes[0], source):
                at = (left + place * (_CROP + 4), top + _TEXT)
                strip.paste(Image.fromarray(crop(source, finding.boxes[0])), at)
                draw.rectangle((at[0], at[1], at[0] + _CROP - 1, at[1] + _CROP - 1), outline=colour_of(finding))
    return np.array(strip)


def _inside(box: Box, picture: Pixels) -> bool:
    height, width = picture.shape[:2]
    return bool(box.x < width and box.y < height)


def _fitted(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int) -> str:
    plain = text.encode("ascii", "replace").decode()
    while plain and font.getlength(plain) > width:
        plain = plain[:-1]
    return plain
