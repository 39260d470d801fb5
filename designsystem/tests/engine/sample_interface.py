"""A small interface painted by known numbers, and a TokenSet of every group made by hand to point at it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.raster import Pixels, Raster
from designsystem.engine.tokens.token_set import Alias, Source, Token, TokenSet
from designsystem.engine.values import (
    Border,
    Colour,
    FontClass,
    Gradient,
    GradientKind,
    GradientStop,
    Radius,
    Role,
    Shadow,
    ShadowLayer,
    Spacing,
    Typography,
    Value,
)

WIDTH, HEIGHT = 960, 600
ATTACK = '</style></script><script>document["title"]="owned"</script>"\'><img src=x onerror=alert(1)>\\;'
PAGE = Colour.from_hex("#f6f7f9")
CARD = Colour.from_hex("#ffffff")
INK = Colour.from_hex("#16202e")
MUTED = Colour.from_hex("#5a6778")
BLUE = Colour.from_hex("#1f5fd0")
LINE = Colour.from_hex("#d5dae1")
GREEN = Colour.from_hex("#1b7f4b")
VIOLET = Colour.from_hex("#6b3fd4")

BAR = Box(0, 0, WIDTH, 56)
CARDS = (Box(40, 96, 420, 220), Box(500, 96, 420, 220))
BUTTON = Box(64, 248, 120, 40)
BADGE = Box(820, 120, 76, 24)
BANNER = Box(40, 356, 880, 120)
HEADINGS = (Box(64, 120, 180, 24), Box(524, 120, 180, 24))
LINES = (Box(64, 160, 330, 14), Box(64, 184, 300, 14), Box(524, 160, 330, 14), Box(524, 184, 300, 14))


def paint() -> Pixels:
    """The picture, (600, 960, 3) uint8, the same every time."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAGE.hex)
    draw = ImageDraw.Draw(image)
    draw.rectangle(_corners(BAR), fill=INK.hex)
    draw.text((40, 16), "Northwind", font=ImageFont.load_default(20), fill=CARD.hex)
    for card, heading in zip(CARDS, HEADINGS, strict=True):
        draw.rounded_rectangle(_corners(card), radius=12, fill=CARD.hex, outline=LINE.hex, width=1)
        draw.text((heading.x, heading.y - 2), "Monthly balance", font=ImageFont.load_default(24), fill=INK.hex)
    for line in LINES:
        draw.text(
            (line.x, line.y - 2), "Payments that left the account", font=ImageFont.load_default(16), fill=MUTED.hex
        )
    draw.rounded_rectangle(_corners(BUTTON), radius=8, fill=BLUE.hex)
    draw.text((BUTTON.x + 24, BUTTON.y + 10), "Transfer", font=ImageFont.load_default(16), fill=CARD.hex)
    draw.rounded_rectangle(_corners(BADGE), radius=12, fill=GREEN.hex)
    draw.text((BADGE.x + 20, BADGE.y + 5), "Paid", font=ImageFont.load_default(13), fill=CARD.hex)
    pixels = np.array(image)
    blend = np.linspace(0, 1, BANNER.width)[None, :, None]
    ends = [np.array([c.red, c.green, c.blue]) for c in (BLUE, VIOLET)]
    pixels[BANNER.y : BANNER.bottom, BANNER.x : BANNER.right] = np.rint(ends[0] * (1 - blend) + ends[1] * blend)
    return pixels


def picture_png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(paint()).save(buffer, "PNG")
    return buffer.getvalue()


def raster() -> Raster:
    return Raster(rgb=paint(), media_type="image/png", sha256="0" * 64)


def token_set() -> TokenSet:
    """Tokens of every group, with aliases, in GROUPS order."""
    return TokenSet(
        tokens=(*_colours(), *_typography(), *_lengths(), *_effects()),
        source=Source("5f" * 32, "image/png", WIDTH, HEIGHT, 1.0, False, 0.92),
        spacing_base=8.0,
        notes=("The family is guessed from the shapes of the letters.",),
    )


def hostile_token_set() -> TokenSet:
    """Names, families and notes that try to leave the place they are printed in."""
    text = Typography(16, 400, INK, families=(ATTACK, "Ok Sans"))
    return TokenSet(
        tokens=(
            Token(("color", "palette", ATTACK), INK, _seen(INK, *LINES), ATTACK),
            Token(("typography", ATTACK), text, _seen(text, *LINES)),
        ),
        source=Source(ATTACK, ATTACK, WIDTH, HEIGHT, 1.0, True, 1.0),
        notes=(ATTACK,),
    )


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.right - 1, box.bottom - 1  # Pillow's right and bottom are inclusive


def _colours() -> tuple[Token, ...]:
    seen = (
        ("ink", INK, (BAR, *HEADINGS), 0.11, (Role.TEXT,), "box-fill"),
        ("muted", MUTED, LINES, 0.013, (Role.TEXT_MUTED,), "text-core"),
        ("line", LINE, CARDS, 0.004, (Role.BORDER,), "frame"),
        ("page", PAGE, (Box(0, 0, WIDTH, HEIGHT),), 0.42, (Role.BACKGROUND,), "box-fill"),
        (
            "white",
            CARD,
            (*CARDS, BUTTON.grown(-12), BADGE.grown(-5)),
            0.31,
            (Role.SURFACE, Role.ON_PRIMARY),
            "box-fill",
        ),
        ("blue", BLUE, (BUTTON,), 0.009, (Role.PRIMARY,), "box-fill"),
        ("green", GREEN, (BADGE,), 0.003, (Role.SUCCESS,), "box-fill"),
    )
    palette = tuple(
        Token(("color", "palette", name), value, Observation(value, boxes, 0.97, method, len(boxes), share, roles))
        for name, value, boxes, share, roles, method in seen
    )
    roles = tuple(
        Token(("color", "role", role.value), Alias(("color", "palette", name)))
        for name, _, _, _, played, _ in seen
        for role in played
    )
    return palette + roles


def _typography() -> tuple[Token, ...]:
    styles: tuple[tuple[str, Typography, tuple[Box, ...], int], ...] = (
        ("heading", Typography(24, 700, INK, 1.25, None, FontClass.SANS, ("Aileron", "Helvetica")), HEADINGS, 2),
        ("body", Typography(16, 400, MUTED, 1.5), LINES, 4),
        ("label", Typography(16, 400, CARD, font_class=FontClass.MONO), (BUTTON.grown(-12),), 1),
        ("small", Typography(13, 600, CARD, letter_spacing=0.4), (BADGE.grown(-5),), 1),
    )
    return tuple(
        Token(("typography", name), value, Observation(value, boxes, 0.74, "x-height", count))
        for name, value, boxes, count in styles
    )


def _lengths() -> tuple[Token, ...]:
    inner = Box(40, 120, 24, 24)
    spacing = tuple(
        Token(("spacing", str(step)), Spacing(px), Observation(Spacing(px), boxes, 0.8, "padding", count))
        for step, px, boxes, count in (
            (1, 8.0, (Box(64, 152, 180, 8),), 3),
            (3, 24.0, (inner, Box(500, 120, 24, 24)), 6),
            (5, 40.0, (Box(0, 96, 40, 220), Box(460, 96, 40, 220)), 4),
        )
    )
    radii = tuple(
        Token(("radius", name), value, Observation(value, boxes, 0.88, "corner-coverage", count))
        for name, value, boxes, count in (
            ("md", Radius(8), (BUTTON,), 1),
            ("lg", Radius(12), CARDS, 2),
            ("full", Radius(12, full=True), (BADGE,), 1),
        )
    )
    return spacing + radii


def _effects() -> tuple[Token, ...]:
    border = Border(1, LINE)
    dark = Colour(22, 32, 46, 0.12)
    shadow = Shadow((ShadowLayer(0, 4, 12, 0, dark), ShadowLayer(0, 1, 2, 0, dark)))
    stops = (GradientStop(BLUE, 0.0), GradientStop(VIOLET, 1.0))
    gradient = Gradient(GradientKind.LINEAR, 90, stops)
    return (
        Token(("border", "hairline"), border, Observation(border, CARDS, 0.93, "frame", 2)),
        Token(("shadow", "raised"), shadow, Observation(shadow, CARDS, 0.61, "edge-falloff", 2)),
        Token(("gradient", "banner"), gradient, Observation(gradient, (BANNER,), 0.9, "plane-fit")),
    )


def _seen(value: Value, *boxes: Box) -> Observation:
    return Observation(value, boxes, 0.97, "box-fill", len(boxes))
