"""The colour rule and the anti-aliasing rule of pixelmatch 7.2.0 (the last release that measures in YIQ), bit for bit.

Kotsarenko & Ramos, "Measuring perceived color difference using YIQ NTSC transmission color space in mobile
applications" (2010); Vysniauskas, "Anti-aliased pixel and intensity slope detector" (2009). Pixels are RGBA uint8.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rgba = npt.NDArray[np.uint8]
Packed = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

MAX_DELTA = 35215.0
_PHI = 1.618033988749895


def packed(picture: Rgba) -> Packed:
    """Each pixel as one 32-bit number, shape (height, width): equal numbers are equal pixels."""
    return np.ascontiguousarray(picture).view(np.uint32)[..., 0]


def deltas(one: Rgba, other: Rgba, at: Index) -> Floats:
    """Squared YIQ distances (0 to 35215) of the pixels at the flat indices `at`."""
    red, green, blue = _differences(one.reshape(-1, 4)[at], other.reshape(-1, 4)[at], at)
    y = red * 0.29889531 + green * 0.58662247 + blue * 0.11448223
    i = red * 0.59597799 - green * 0.27417610 - blue * 0.32180189
    q = red * 0.21147017 - green * 0.52261711 + blue * 0.31114694
    found: Floats = 0.5053 * y * y + 0.299 * i * i + 0.1957 * q * q
    return found


def antialiased(one: Rgba, other: Rgba, at: Index) -> Flags:
    """Which of the pixels at `at` anti-aliasing explains, in either picture."""
    ones, others = packed(one), packed(other)
    found = _slopes(one, ones, others, at)
    rest = ~found
    found[rest] = _slopes(other, others, ones, at[rest])
    return found


def _differences(one: Rgba, other: Rgba, at: Index) -> tuple[Floats, Floats, Floats]:
    """Channel differences; translucent pixels are blended with pixelmatch's checkerboard first."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    red, green, blue, alpha = (first[:, channel] - second[:, channel] for channel in range(4))
    translucent = (one[:, 3] < 255) | (other[:, 3] < 255)
    if not translucent.any():
        return red, green, blue
    position = at[translucent].astype(np.float64) * 4
    grounds = (
        np.full(len(position), 48.0),  # position is even, so red never alternates: pixelmatch's own slip
        48 + 159 * (np.floor(position / _PHI) % 2),
        48 + 159 * (np.floor(position / (_PHI + 1)) % 2),
    )
    blended = []
    for channel, (difference, ground) in enumerate(zip((red, green, blue), grounds, strict=True)):
        mixed = difference.copy()
        weighted = (
            first[translucent, channel] * first[translucent, 3] - second[translucent, channel] * second[translucent, 3]
        )
        mixed[translucent] = (weighted - ground * alpha[translucent]) / 255
        blended.append(mixed)
    return blended[0], blended[1], blended[2]


def _slopes(picture: Rgba, own: Packed, others: Packed, at: Index) -> Flags:
    """Whether a pixel lies between a darker and a brighter neighbour, one of which is flat in both pictures."""
    height, width = own.shape
    y, x = np.divmod(at, width)
    flat = picture.reshape(-1, 4)
    centre = flat[at]
    equal = _on_border(x, y, width, height).astype(np.int64)
    darkest, brightest = np.zeros(len(at)), np.zeros(len(at))
    dark_at, bright_at = np.zeros(len(at), np.intp), np.zeros(len(at), np.intp)
    for dx in (-1, 0, 1):  # columns outside, rows inside: ties keep the first met
        for dy in (-1, 0, 1):
            if not dx and not dy:
                continue
            inside = (x + dx >= 0) & (x + dx < width) & (y + dy >= 0) & (y + dy < height)
            neighbour = np.where(inside, at + dy * width + dx, at)
            red, green, blue = _differences(centre, flat[neighbour], at)
            delta = red * 0.29889531 + green * 0.58662247 + blue * 0.11448223
            equal += inside & (delta == 0)
            darker = inside & (delta < darkest)
            darkest[darker], dark_at[darker] = delta[darker], neighbour[darker]
            brighter = inside & ~darker & (delta > brightest)
            brightest[brighter], bright_at[brighter] = delta[brighter], neighbour[brighter]
    found: Flags = (equal <= 2) & (darkest != 0) & (brightest != 0)
    candidates = np.flatnonzero(found)
    dark, bright = dark_at[candidates], bright_at[candidates]
    found[candidates] = (_many_siblings(own, dark) & _many_siblings(others, dark)) | (
        _many_siblings(own, bright) & _many_siblings(others, bright)
    )
    return found


def _many_siblings(picture: Packed, at: Index) -> Flags:
    """Whether three or more neighbours are identical; the border of the picture counts as one."""
    height, width = picture.shape
    y, x = np.divmod(at, width)
    flat = picture.reshape(-1)
    count = _on_border(x, y, width, height).astype(np.int64)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if not dx and not dy:
                continue
            inside = (x + dx >= 0) & (x + dx < width) & (y + dy >= 0) & (y + dy < height)
            neighbour = np.where(inside, at + dy * width + dx, at)
            count += inside & (flat[neighbour] == flat[at])
    many: Flags = count > 2
    return many


def _on_border(x: Index, y: Index, width: int, height: int) -> Flags:
    border: Flags = (x == 0) | (x == width - 1) | (y == 0) | (y == height - 1)
    return border
