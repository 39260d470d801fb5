"""Embedded ICC profiles to sRGB. Kept apart because it is the only user of the colour management library."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from designsystem.engine.raster import Pixels

# the transform of a profile that is sRGB under another name moves no probe by more than rounding
_ROUNDING = 2
_STEPS = (0, 32, 64, 96, 128, 160, 192, 224, 255)


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """`image` (mode L, RGB or CMYK) as sRGB in mode RGB, and a sentence about what was done, None when nothing was.

    A profile that is sRGB itself leaves every value as it is; one that cannot be read, or that belongs to another
    colour model, is set aside.
    """
    if profile is None:
        return _without_profile(image)
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), image.mode, "RGB"
        )
        if image.mode == "RGB" and _is_identity(transform):
            return image, None
        if image.mode == "L" and _is_grey_identity(transform):
            return image.convert("RGB"), None
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        plain, note = _without_profile(image)
        return plain, " ".join(filter(None, ("The embedded colour profile cannot be read and was set aside.", note)))
    assert converted is not None  # None only for transforms in place
    return converted, "The embedded colour profile was converted to sRGB."


def _without_profile(image: Image.Image) -> tuple[Image.Image, str | None]:
    if image.mode == "CMYK":
        return image.convert("RGB"), "CMYK without a usable profile: colours are approximate."
    return (image if image.mode == "RGB" else image.convert("RGB")), None


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    grid = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), axis=-1).reshape(1, -1, 3).astype(np.uint8)
    return _moves_little(transform, Image.fromarray(grid), grid)


def _is_grey_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    ramp = np.array([_STEPS], dtype=np.uint8)
    return _moves_little(transform, Image.fromarray(ramp), np.repeat(ramp[..., None], 3, axis=-1))


def _moves_little(transform: ImageCms.ImageCmsTransform, probe: Image.Image, expected: Pixels) -> bool:
    moved = ImageCms.applyTransform(probe, transform)
    assert moved is not None
    return bool(np.abs(np.asarray(moved).astype(int) - expected).max() <= _ROUNDING)
