"""Small pictures as a browser paints them, for the tests of regions and measures."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Raster
from designsystem.engine.scene import Scene
from designsystem.engine.scene_building import build_scene


def page(colour: str = "#ffffff", size: tuple[int, int] = (400, 300)) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, colour)
    return image, ImageDraw.Draw(image)


def rounded(image: Image.Image, box: Box, radius: int, fill: str) -> None:
    """A rounded rectangle with anti-aliased corners."""
    scale = 8
    mask = Image.new("L", (box.width * scale, box.height * scale), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius=radius * scale, fill=255)
    mask = mask.resize((box.width, box.height), Image.Resampling.BOX)
    image.paste(Image.new("RGB", mask.size, fill), (box.x, box.y), mask)


def write(image: Image.Image, at: tuple[int, int], text: str, ink: str, size: int = 16) -> None:
    """Anti-aliased text; `at` is the left end of the baseline."""
    ImageDraw.Draw(image).text(at, text, fill=ink, font=ImageFont.load_default(size), anchor="ls")


def write_unhinted(image: Image.Image, at: tuple[int, int], text: str, ink: str, size: int = 16) -> None:
    """Text whose stems and bars fall between the pixels, as a browser sets it at an odd place."""
    scale = 4
    mask = Image.new("L", (image.width * scale, image.height * scale), 0)
    font = ImageFont.load_default(size * scale)
    ImageDraw.Draw(mask).text((at[0] * scale, at[1] * scale), text, fill=255, font=font, anchor="ls")
    image.paste(Image.new("RGB", image.size, ink), (0, 0), mask.resize(image.size, Image.Resampling.BOX))


def raster_of(image: Image.Image, *, lossless: bool = True) -> Raster:
    return Raster(np.array(image.convert("RGB")), "image/png", "0" * 64, lossless=lossless)


def scene_of(image: Image.Image, pixel_ratio: float = 1.0) -> Scene:
    return build_scene(raster_of(image), pixel_ratio)
