"""Pages drawn analytically: rounded boxes, blurred shadows and gradients with known values, anti-aliased by area."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from designsystem.engine.raster import Raster

Floats = npt.NDArray[np.float64]
Rgb = tuple[int, int, int]

_SUB = 8  # samples a pixel and axis


@dataclass
class Page:
    """A canvas in device pixels; lengths given in CSS px are multiplied by `ratio`."""

    width: int
    height: int
    ground: Rgb = (255, 255, 255)
    ratio: float = 1.0
    canvas: Floats = field(init=False)

    def __post_init__(self) -> None:
        shape = (round(self.height * self.ratio), round(self.width * self.ratio), 3)
        self.canvas = np.broadcast_to(np.array(self.ground, dtype=np.float64), shape).copy()

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Rgb,
        radius: float = 0,
        line: Rgb | None = None,
        line_width: float = 1,
    ) -> None:
        """A box with its frame inside its edges, as CSS paints `box-sizing: border-box`."""
        left, top, right, bottom = (value * self.ratio for value in (x, y, x + width, y + height))
        if line is not None:
            self._blend(self._rounded(left, top, right, bottom, radius * self.ratio), line)
            inset = line_width * self.ratio
            left, top, right, bottom = left + inset, top + inset, right - inset, bottom - inset
            radius = max(0, radius - line_width)
        self._blend(self._rounded(left, top, right, bottom, radius * self.ratio), fill)

    def shadow(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        offset: tuple[float, float],
        blur: float,
        alpha: float,
        spread: float = 0,
        colour: Rgb = (0, 0, 0),
    ) -> None:
        """The outer shadow of a square box: a Gaussian of sigma blur / 2, as CSS Backgrounds 3 asks for."""
        left, top = (x + offset[0] - spread) * self.ratio, (y + offset[1] - spread) * self.ratio
        right, bottom = left + (width + 2 * spread) * self.ratio, top + (height + 2 * spread) * self.ratio
        sigma = max(1e-6, blur * self.ratio / 2)
        across = _blurred_step(self.canvas.shape[1], left, right, sigma)
        down = _blurred_step(self.canvas.shape[0], top, bottom, sigma)
        self._blend(alpha * down[:, None] * across, colour)

    def gradient(self, x: int, y: int, width: int, height: int, start: Rgb, end: Rgb, angle: float) -> None:
        """A linear gradient along `angle` in CSS degrees; the line's length by CSS Images 3."""
        left, top, right, bottom = (round(v * self.ratio) for v in (x, y, x + width, y + height))
        turn = np.deg2rad(angle)
        direction = np.array([np.sin(turn), -np.cos(turn)])
        wide, high = right - left, bottom - top
        length = abs(wide * direction[0]) + abs(high * direction[1])
        xs = np.arange(wide) + 0.5 - wide / 2
        ys = np.arange(high) + 0.5 - high / 2
        share = np.clip((xs * direction[0] + ys[:, None] * direction[1]) / length + 0.5, 0, 1)[..., None]
        self.canvas[top:bottom, left:right] = (1 - share) * start + share * np.array(end)

    def raster(self) -> Raster:
        return Raster(np.ascontiguousarray(np.round(self.canvas).astype(np.uint8)), "image/png", "0" * 64)

    def _blend(self, coverage: Floats, colour: Rgb) -> None:
        self.canvas += coverage[..., None] * (np.array(colour, dtype=np.float64) - self.canvas)
        self.canvas[...] = np.round(self.canvas)

    def _rounded(self, left: float, top: float, right: float, bottom: float, radius: float) -> Floats:
        radius = min(radius, (right - left) / 2, (bottom - top) / 2)
        height, width = self.canvas.shape[:2]
        y = (np.arange(height * _SUB) + 0.5) / _SUB
        depth = np.clip(np.maximum(top + radius - y, y - (bottom - radius)), 0, radius)
        inset = radius - np.sqrt(np.maximum(radius * radius - depth * depth, 0))
        pixel = np.arange(width)
        share = np.minimum(pixel + 1, (right - inset)[:, None]) - np.maximum(pixel, (left + inset)[:, None])
        share = np.clip(share, 0, 1) * ((y > top) & (y < bottom))[:, None]
        return np.asarray(share.reshape(height, _SUB, width).mean(axis=1))


def _blurred_step(size: int, start: float, end: float, sigma: float) -> Floats:
    """A box profile from start to end, blurred, at pixel centres."""
    at = np.arange(size) + 0.5
    scale = sigma * np.sqrt(2)
    return np.asarray((erf((at - start) / scale) - erf((at - end) / scale)) / 2)
