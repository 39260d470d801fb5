"""Colour arithmetic on arrays of 8-bit sRGB: OKLab and OKLCH, CIE Lab, CIEDE2000, WCAG contrast.

Written out on arrays so that a palette is one call and importing the engine stays fast; tests hold it to coloraide.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from designsystem.engine.values import Colour

Floats = npt.NDArray[np.float64]

# Björn Ottosson, "A perceptual color space for image processing", with the matrices of CSS Color 4.
_LINEAR_TO_XYZ = np.array(
    [
        [0.41239079926595934, 0.357584339383878, 0.1804807884018343],
        [0.21263900587151027, 0.715168678767756, 0.07219231536073371],
        [0.01933081871559182, 0.11919477979462598, 0.9505321522496607],
    ]
)
_XYZ_TO_LMS = np.array(
    [
        [0.8190224379967030, 0.3619062600528904, -0.1288737815209879],
        [0.0329836539323885, 0.9292868615863434, 0.0361446663506424],
        [0.0481771893596242, 0.2642395317527308, 0.6335478284694309],
    ]
)
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542683093140, 0.7936177747023054, -0.0040720430116193],
        [1.9779985324311684, -2.4285922420485799, 0.4505937096174110],
        [0.0259040424655478, 0.7827717124575296, -0.8086757549230774],
    ]
)
_D65 = np.array([0.9504559270516716, 1.0, 1.0890577507598784])


def as_rgb(colours: Iterable[Colour]) -> npt.NDArray[np.uint8]:
    """(n, 3) bytes of `colours`, alpha left out."""
    return np.array([(c.red, c.green, c.blue) for c in colours], dtype=np.uint8).reshape(-1, 3)


def linear(rgb: npt.ArrayLike) -> Floats:
    """Linear light 0 to 1 from (..., 3) sRGB 0 to 255 (IEC 61966-2-1)."""
    value = np.asarray(rgb, dtype=np.float64) / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def oklab(rgb: npt.ArrayLike) -> Floats:
    """(..., 3) OKLab: lightness 0 to 1, a, b."""
    return np.asarray(np.cbrt(linear(rgb) @ (_XYZ_TO_LMS @ _LINEAR_TO_XYZ).T) @ _LMS_TO_OKLAB.T)


def oklch(rgb: npt.ArrayLike) -> Floats:
    """(..., 3) OKLCH: lightness 0 to 1, chroma, hue in degrees 0 to 360 (meaningless at chroma 0)."""
    lab = oklab(rgb)
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360.0
    return np.stack([lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), hue], axis=-1)


def lab_d65(rgb: npt.ArrayLike) -> Floats:
    """(..., 3) CIE Lab under D65."""
    xyz = linear(rgb) @ _LINEAR_TO_XYZ.T / _D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (841 / 108) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def ciede2000(one: npt.ArrayLike, other: npt.ArrayLike) -> Floats:
    """CIEDE2000 between (..., 3) sRGB colours 0 to 255, broadcast (Sharma, Wu, Dalal 2005)."""
    first, second = np.broadcast_arrays(lab_d65(one), lab_d65(other))
    chroma_mean = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma_mean**7 / (chroma_mean**7 + 25.0**7))
    chroma_1, hue_1 = _polar(first, stretch)
    chroma_2, hue_2 = _polar(second, stretch)
    turn = (hue_2 - hue_1 + 180.0) % 360.0 - 180.0
    grey = chroma_1 * chroma_2 == 0
    turn = np.where(grey, 0.0, turn)
    hue = np.where(grey, hue_1 + hue_2, (hue_1 + turn / 2) % 360.0)
    lightness, chroma = (first[..., 0] + second[..., 0]) / 2, (chroma_1 + chroma_2) / 2
    scale_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    scale_c = 1 + 0.045 * chroma
    scale_h = 1 + 0.015 * chroma * _hue_weight(hue)
    delta_l = (second[..., 0] - first[..., 0]) / scale_l
    delta_c = (chroma_2 - chroma_1) / scale_c
    delta_h = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2)) / scale_h
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    return np.asarray(np.sqrt(delta_l**2 + delta_c**2 + delta_h**2 + rotation * delta_c * delta_h))


def contrast_ratio(one: npt.ArrayLike, other: npt.ArrayLike) -> Floats:
    """WCAG 2.2 contrast, 1 to 21, between (..., 3) sRGB colours 0 to 255, broadcast."""
    luminance = np.array([0.2126, 0.7152, 0.0722])
    first, second = linear(one) @ luminance, linear(other) @ luminance
    return np.asarray((np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05))


def _polar(lab: Floats, stretch: Floats) -> tuple[Floats, Floats]:
    a = lab[..., 1] * stretch
    return np.hypot(a, lab[..., 2]), np.degrees(np.arctan2(lab[..., 2], a)) % 360.0


def _hue_weight(hue: Floats) -> Floats:
    radians = np.radians(hue)
    return np.asarray(
        1
        - 0.17 * np.cos(radians - np.radians(30))
        + 0.24 * np.cos(2 * radians)
        + 0.32 * np.cos(3 * radians + np.radians(6))
        - 0.20 * np.cos(4 * radians - np.radians(63))
    )
