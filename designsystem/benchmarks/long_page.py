"""A page of any height to measure time on: sections of cards, text, fields and buttons, no two alike."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1440
_SECTION = 450
_GROUNDS = ("#ffffff", "#f5f6f8", "#fbf7f0", "#eef4f2")
_ACCENTS = ("#1f5fd0", "#b3261e", "#1b7f4b", "#7a3fd0", "#0b7285", "#a85d00")
_INK, _MUTED, _LINE = "#16202e", "#5a6778", "#d5dae1"
_WORDS = (
    *("Accounts", "payments", "and", "transfers", "that", "left", "on"),
    *("the", "first", "working", "day", "of", "every", "month"),
)


def write_long_page(height: int, path: Path) -> None:
    """A PNG of WIDTH by `height` pixels, the same every time."""
    image = Image.new("RGB", (WIDTH, height), _GROUNDS[0])
    draw = ImageDraw.Draw(image)
    for number, top in enumerate(range(0, height, _SECTION)):
        _draw_section(draw, number, top)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    path.write_bytes(buffer.getvalue())


def _draw_section(draw: ImageDraw.ImageDraw, number: int, top: int) -> None:
    accent = _ACCENTS[number % len(_ACCENTS)]
    draw.rectangle((0, top, WIDTH, top + _SECTION - 1), fill=_GROUNDS[number % len(_GROUNDS)])
    _write(draw, (80, top + 32), f"Section {number + 1}", 32, _INK)
    for column in range(3):
        left = 80 + column * 440
        draw.rounded_rectangle((left, top + 92, left + 399, top + 411), 12, "#ffffff", _LINE, 1)
        _write(draw, (left + 24, top + 112), _sentence(number + column, 3), 20, _INK)
        for line in range(5):
            _write(draw, (left + 24, top + 152 + 24 * line), _sentence(number * 7 + column * 3 + line, 6), 15, _MUTED)
        draw.line((left + 24, top + 290, left + 375, top + 290), fill=_LINE)
        draw.rounded_rectangle((left + 24, top + 314, left + 230, top + 353), 6, "#ffffff", "#9aa5b4", 1)
        draw.rounded_rectangle((left + 246, top + 314, left + 375, top + 353), 6, accent)
        _write(draw, (left + 270, top + 325), "Continue", 15, "#ffffff")
        draw.rounded_rectangle((left + 24, top + 370, left + 104, top + 393), 12, accent)
        _write(draw, (left + 40, top + 375), "Settled", 13, "#ffffff")


def _sentence(start: int, words: int) -> str:
    return " ".join(_WORDS[(start + each) % len(_WORDS)] for each in range(words))


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int, fill: str) -> None:
    draw.text(place, text, font=ImageFont.load_default(size), fill=fill)
