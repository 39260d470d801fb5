"""Bytes to RGBA, as fast as the codec goes: what a comparison needs, where a measurement needs a Raster."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.containers import BrokenContainerError, Container, read_container
from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.raster import Pixels
from designsystem.engine.scan_lines import Rows, ScanLines, decode_rows, differing_rows, read_scan_lines

Rgba = npt.NDArray[np.uint8]
_LIMITS = Limits()
NEAR = 64  # rows around a difference that are decoded with it: what is moved less than this is found there


@dataclass(frozen=True, slots=True, eq=False)
class PicturePair:
    """A baseline and a picture as (height, width, 4) sRGB with straight alpha.

    They can differ only in the spans of `rows`, None when they can anywhere. Where there are spans, the rows apart from
    them are the same in both files and were not decoded: they are zeros.
    """

    baseline: Rgba
    picture: Rgba
    rows: Rows | None = None


def decode_pair(baseline: bytes, picture: bytes, limits: Limits = _LIMITS, whole: bool = False) -> PicturePair:
    """Both pictures, each in a thread of its own; unless they are wanted `whole`, only what may differ is decoded, with
    NEAR rows around. PictureError as `decode`."""
    if baseline == picture:
        same = decode_rgba(picture, limits)
        return PicturePair(same, same, ())
    with ThreadPoolExecutor(2) as pool:
        if not whole:
            first, second = pool.map(lambda content: _scan_lines(content, limits), (baseline, picture))
            found = _sparse_pair(first, second, pool)
            if found is not None:
                return found
        one, other = pool.map(lambda content: decode_rgba(content, limits), (baseline, picture))
    return PicturePair(one, other)


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
    return _turned(np.asarray(found, np.uint8))


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


def _scan_lines(content: bytes, limits: Limits) -> ScanLines | None:
    container = _plain_png(content, limits)
    return read_scan_lines(container) if container else None


def _sparse_pair(one: ScanLines | None, other: ScanLines | None, pool: ThreadPoolExecutor) -> PicturePair | None:
    """Only the rows that may differ; None when the files are no two of a kind."""
    if one is None or other is None or one.header != other.header:
        return None
    rows = differing_rows(one, other, NEAR)
    baseline, picture = pool.map(lambda source: _sparse(source, rows), (one, other))
    return PicturePair(baseline, picture, rows) if baseline is not None and picture is not None else None


def _sparse(source: ScanLines, rows: Rows) -> Rgba | None:
    width = int.from_bytes(source.header[:4], "big")
    found = np.zeros((len(source.lines), width, 4), np.uint8)  # rows that nobody writes cost no memory
    for top, bottom in rows:
        part = decode_rows(source, top, bottom)
        if part is None:
            return None
        found[top:bottom] = _turned(part)
    return found


def _turned(picture: npt.NDArray[np.uint8]) -> Rgba:
    """OpenCV's order of channels as ours."""
    way = cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(picture, way), np.uint8)
