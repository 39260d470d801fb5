"""Pictures for tests: a small page drawn here, and files that are no pictures or mean harm."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, ImageDraw


@cache
def page(size: tuple[int, int] = (400, 300), accent: str = "#3b5bdb") -> bytes:
    """A light page with a card, a button and two borders, as PNG."""
    image = Image.new("RGB", size, "#f8f9fa")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, size[0] - 41, size[1] - 41), fill="#ffffff", outline="#dee2e6")
    draw.rectangle((64, 180, 183, 219), fill=accent)
    draw.text((64, 64), "Settings", fill="#212529")
    draw.text((64, 100), "Change how the page looks.", fill="#495057")
    return encoded(image)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def header_bomb() -> bytes:
    """A PNG that says it has 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def noise() -> bytes:
    """What a photograph looks like to the engine."""
    pixels = np.random.default_rng(5).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), "JPEG", quality=85)


# name -> (bytes, status, code) of files that must be refused
BAD = {
    "empty": (b"", 400, "picture_empty"),
    "truncated": (page()[:200], 422, "picture_corrupt"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 415, "picture_unsupported_type"),
    "html": (b"<!doctype html><script>alert(1)</script>", 415, "picture_unsupported_type"),
    "bomb": (header_bomb(), 413, "picture_too_many_pixels"),
    "transparent": (encoded(Image.new("RGBA", (40, 40), (0, 0, 0, 0))), 422, "picture_fully_transparent"),
}

# name -> bytes of odd pictures that are measured all the same
ODD = {
    "one pixel": encoded(Image.new("RGB", (1, 1), "#336699")),
    "one colour": encoded(Image.new("RGB", (300, 200), "#336699")),
    "noise": noise(),
    "cmyk": encoded(Image.new("CMYK", (200, 100), (0, 200, 200, 0)), "JPEG"),
    "grey, 16 bit": encoded(Image.fromarray(np.full((60, 80), 33_000, dtype=np.uint16))),
    "animated": encoded(
        Image.new("RGB", (60, 60), "#ffffff"), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 60))]
    ),
}
