"""Bytes to RGBA, as fast as the codec goes: what a comparison needs, where a measurement needs a Raster."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.containers import BrokenContainerError, Container, read_container
from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.raster import Pixels

Rgba = npt.NDArray[np.uint8]
_LIMITS = Limits()


def decode_pair(baseline: bytes, picture: bytes, limits: Limits = _LIMITS) -> tuple[Rgba, Rgba]:
    """Both pictures as RGBA, each in a thread of its own; the same bytes are decoded once. PictureError as `decode`."""
    if hashlib.sha256(baseline).digest() == hashlib.sha256(picture).digest():
        same = decode_rgba(picture, limits)
        return same, same
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda content: decode_rgba(content, limits), (baseline, picture))
    return one, other


def decode_rgba(content: bytes, limits: Limits = _LIMITS) -> Rgba:
    """(height, width, 4) sRGB with straight alpha.

    A plain PNG (upright, no colour profile) goes straight to OpenCV, whose codec runs beside Python; everything else
    takes the way of `decode`, which lays it over white.
    """
    container = _plain_png(content, limits)
    if container is None:
        raster = decode(content, limits)
        return np.dstack([raster.rgb, np.full(raster.rgb.shape[:2], 255, np.uint8)])
    found = cv2.imdecode(np.frombuffer(container.payload, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint8:
        raster = decode(content, limits)  # 16 bits a channel, or damage, which it names
        return np.dstack([raster.rgb, np.full(raster.rgb.shape[:2], 255, np.uint8)])
    if found.ndim == 2:
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_GRAY2RGBA), np.uint8)
    turned = cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(found, turned), np.uint8)


def on_white(picture: Rgba) -> Pixels:
    """(height, width, 3) sRGB, as `decode` composites."""
    if picture[..., 3].min() == 255:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB), np.uint8)
    share = picture[..., 3:].astype(np.uint16)
    mixed = (picture[..., :3] * share + 255 * (255 - share) + 127) // 255
    return mixed.astype(np.uint8)


def read_picture(path: Path, limits: Limits = _LIMITS) -> bytes:
    """The bytes of a picture file; PictureError when there are none or too many, OSError when it cannot be read."""
    with path.open("rb") as file:
        content = file.read(limits.max_bytes + 1)
    return checked(content, limits)


def checked(content: bytes, limits: Limits = _LIMITS) -> bytes:
    if not content:
        raise PictureError(Reason.EMPTY, "The file is empty.")
    if len(content) > limits.max_bytes:
        raise PictureError(Reason.TOO_MANY_BYTES, f"The file is larger than {limits.max_bytes:,} bytes.")
    return content


def _plain_png(content: bytes, limits: Limits) -> Container | None:
    checked(content, limits)
    try:
        container = read_container(content)
    except BrokenContainerError:
        return None
    if (
        container is None
        or container.media_type != "image/png"
        or container.width * container.height > limits.max_pixels
    ):
        return None
    return container if container.orientation == 1 and container.profile is None and container.width else None
