"""Bytes to Raster, trusting nothing: type by magic bytes, size before decoding, then orientation, profile and alpha."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import AvifImagePlugin, GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from designsystem.engine.colour_profile import to_srgb
from designsystem.engine.containers import BrokenContainerError, Container, exif_orientation, read_container
from designsystem.engine.errors import PictureError, Reason
from designsystem.engine.raster import Mask, Pixels, Raster


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture may cost. Defaults allow a 1440 x 20,000 page with room to spare."""

    max_bytes: int = 25 * 1024 * 1024
    max_pixels: int = 50_000_000


def decode(source: bytes | Path, limits: Limits = Limits()) -> Raster:
    """The picture in `source`; of an animation the first frame.

    Raises PictureError when it is no picture, too large, damaged or wholly transparent, and OSError when a path
    cannot be read. Names and extensions are never looked at.
    """
    content = _read(source, limits)
    container = _container(content)
    _check_pixels(container.width, container.height, limits)
    image = _load(container, limits)
    notes = ["The picture is animated: its first frame was measured."] if container.animated else []
    colours, alpha = _split_alpha(image)
    colours, note = to_srgb(colours, image.info.get("icc_profile") or container.profile)
    notes += [note] if note else []
    if container.other_space:
        notes.append("The file states a gamma or primaries that are not sRGB's; its values were taken as sRGB.")
    rgb, opaque = _composite(colours, alpha)
    if opaque is not None:
        notes.append("Transparent parts were laid over white.")
    return Raster(
        rgb=rgb,
        media_type=container.media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        lossless=container.lossless,
        opaque=opaque,
        pixels_per_inch=container.pixels_per_inch,
        notes=tuple(notes),
    )


# The decoders by name, not Image.open: that one tries every plugin and warns through process-wide state.
_DECODERS: dict[str, type[ImageFile.ImageFile]] = {
    "image/png": PngImagePlugin.PngImageFile,
    "image/jpeg": JpegImagePlugin.JpegImageFile,
    "image/gif": GifImagePlugin.GifImageFile,
    "image/webp": WebPImagePlugin.WebPImageFile,
    "image/avif": AvifImagePlugin.AvifImageFile,
}

_ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_BAND_ROWS = 256  # alpha is laid over white in bands, so that no second full-size array is held


def _read(source: bytes | Path, limits: Limits) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            source = file.read(limits.max_bytes + 1)
    if not source:
        raise PictureError(Reason.EMPTY, "The file is empty.")
    if len(source) > limits.max_bytes:
        raise PictureError(Reason.TOO_MANY_BYTES, f"The file is larger than {limits.max_bytes:,} bytes.")
    return source


def _container(content: bytes) -> Container:
    try:
        container = read_container(content)
    except BrokenContainerError:
        raise _corrupt() from None
    if container is None:
        raise PictureError(Reason.UNSUPPORTED_TYPE, "The file is not a PNG, JPEG, WebP, GIF or AVIF picture.")
    return container


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise PictureError(
            Reason.TOO_MANY_PIXELS,
            f"The picture has {width:,} x {height:,} pixels; at most {limits.max_pixels:,} are accepted.",
        )


def _load(container: Container, limits: Limits) -> Image.Image:
    """The decoded picture, upright."""
    try:
        image = _DECODERS[container.media_type](BytesIO(container.payload))
        _check_pixels(*image.size, limits)  # AVIF tells its size here, and the others must not have changed theirs
        image.load()
    except (PictureError, MemoryError):
        raise
    except Exception:  # hostile bytes make decoders raise nearly anything; their words may quote the file
        raise _corrupt() from None
    if not image.width or not image.height:
        raise _corrupt()
    orientation = container.orientation
    if container.media_type == "image/avif":
        orientation = exif_orientation(image.info.get("exif", b""))
    return image.transpose(_ORIENTATIONS[orientation]) if orientation in _ORIENTATIONS else image


def _corrupt() -> PictureError:
    return PictureError(Reason.CORRUPT, "The picture is damaged or incomplete and cannot be decoded.")


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours in mode L, RGB or CMYK, and the alpha as L where there is one."""
    if image.mode.startswith("I"):  # 16 bit grey: the high byte
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)), None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return image.convert("RGB"), image.getchannel("A")
    if image.mode == "1":
        return image.convert("L"), None
    return (image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")), None


def _composite(colours: Image.Image, alpha: Image.Image | None) -> tuple[Pixels, Mask | None]:
    rgb = np.array(colours)
    if alpha is None or alpha.getextrema() == (255, 255):
        return rgb, None
    coverage = np.asarray(alpha)
    if not coverage.any():
        raise PictureError(Reason.FULLY_TRANSPARENT, "Every pixel of the picture is transparent.")
    for top in range(0, rgb.shape[0], _BAND_ROWS):
        band = rgb[top : top + _BAND_ROWS]
        share = coverage[top : top + _BAND_ROWS, :, None].astype(np.uint16)
        band[...] = (band * share + 255 * (255 - share) + 127) // 255
    return rgb, coverage == 255
