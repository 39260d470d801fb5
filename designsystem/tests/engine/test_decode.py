"""Hostile and odd pictures: each is measured or refused with a reason, quickly and without a warning."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError, Reason
from designsystem.tests import pictures

TEAL = (0, 121, 173)


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30), colour: Any = TEAL) -> Image.Image:
    return Image.new(mode, size, colour)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes, image: Image.Image | None = None) -> bytes:
    """A PNG with more chunks right after its header."""
    plain = saved(image or picture(), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def refusal(source: bytes, **limits: int) -> Reason:
    with pytest.raises(PictureError) as caught:
        decode(source, Limits(**limits))
    return caught.value.reason


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_lossless_pictures_keep_every_value(kind: str) -> None:
    raster = decode(saved(picture(), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert (raster.width, raster.height) == (40, 30)
    assert (raster.rgb == TEAL).all()
    assert raster.lossless
    assert raster.opaque is None
    assert raster.notes == ()
    assert raster.rgb.flags["C_CONTIGUOUS"]
    assert raster.rgb.flags["WRITEABLE"]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_pictures_say_so_and_stay_close(kind: str) -> None:
    raster = decode(saved(picture(), kind, quality=90))
    assert not raster.lossless
    assert np.abs(raster.rgb.astype(int) - TEAL).max() <= 4
    assert raster.media_type == f"image/{kind.lower()}"


def test_a_path_is_read_and_its_extension_never_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_bytes(saved(picture(), "PNG"))
    assert decode(path).media_type == "image/png"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.UNSUPPORTED_TYPE),
        (b"<!doctype html><title>page</title>", Reason.UNSUPPORTED_TYPE),
        (b"%PDF-1.7", Reason.UNSUPPORTED_TYPE),
        (b"\x89PNG\r\n\x1a\n", Reason.CORRUPT),
        (b"\xff\xd8\xff\xe0", Reason.CORRUPT),
        (b"GIF89a", Reason.CORRUPT),
        (b"RIFF\x00\x00\x00\x00WEBP", Reason.CORRUPT),
        (b"\x00\x00\x00\x18ftypavif", Reason.CORRUPT),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(source: bytes, reason: Reason) -> None:
    assert refusal(source) is reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind: str, part: float) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    whole = saved(Image.fromarray(noise), kind)
    assert refusal(whole[: int(len(whole) * part)]) is Reason.CORRUPT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_flipped_bytes_never_raise_anything_but_the_picture_error(kind: str) -> None:
    random = np.random.default_rng(11)
    whole = bytearray(saved(picture(), kind))
    for _ in range(150):
        broken = bytearray(whole)
        for position in random.integers(0, len(whole), 4):
            broken[position] = int(random.integers(0, 256))
        # anything else, a warning too, fails the test
        with contextlib.suppress(PictureError):
            assert decode(bytes(broken), Limits(max_pixels=1_000_000)).rgb.dtype == np.uint8


@pytest.mark.parametrize(
    "header",
    [
        png_with()[:16] + struct.pack(">II", 30_000, 30_000) + png_with()[24:],
        saved(picture(), "GIF")[:6] + struct.pack("<HH", 30_000, 30_000) + saved(picture(), "GIF")[10:],
        b"RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + b"\x00" * 4 + (29_999).to_bytes(3, "little") * 2,
        b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 30_000, 30_000) + b"\x03" + b"\x01\x11\x00" * 3,
    ],
    ids=["png", "gif", "webp", "jpeg"],
)
def test_a_header_bomb_is_refused_before_its_pixels_are_allocated(header: bytes) -> None:
    tracemalloc.start()
    try:
        assert refusal(header) is Reason.TOO_MANY_PIXELS
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_gif_whose_frame_leaves_its_small_screen_is_counted_at_the_size_of_the_frame() -> None:
    source = saved(picture(size=(400, 400)), "GIF")
    small_screen = source[:6] + struct.pack("<HH", 10, 10) + source[10:]
    assert refusal(small_screen, max_pixels=10_000) is Reason.TOO_MANY_PIXELS


def test_an_avif_is_refused_by_the_size_in_its_properties() -> None:
    assert refusal(saved(picture(size=(400, 400)), "AVIF"), max_pixels=10_000) is Reason.TOO_MANY_PIXELS


def test_too_many_bytes_are_refused_without_reading_them_all(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png_with() + bytes(5000))
    assert refusal(path.read_bytes(), max_bytes=1000) is Reason.TOO_MANY_BYTES
    with pytest.raises(PictureError, match="1,000 bytes"):
        decode(path, Limits(max_bytes=1000))


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_bomb_in_a_metadata_chunk_is_never_inflated(kind: bytes) -> None:
    head = b"x\x00" + (b"\x01\x00\x00\x00" if kind == b"iTXt" else b"\x00")
    bomb = png_with(chunk(kind, head + zlib.compress(bytes(200_000_000), 9)))
    tracemalloc.start()
    try:
        assert (decode(bomb).rgb == TEAL).all()
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    source = saved(picture(), "JPEG", progressive=True)
    start = source.index(b"\xff\xda")
    scan = source[start : source.index(b"\xff", start + 12)]
    assert refusal(source[:-2] + scan * 200 + b"\xff\xd9") is Reason.CORRUPT


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_the_smallest_pictures_are_read(size: tuple[int, int]) -> None:
    raster = decode(saved(picture(size=size), "PNG"))
    assert (raster.width, raster.height) == size


def test_a_wholly_transparent_picture_is_refused() -> None:
    assert refusal(saved(picture("RGBA", colour=(*TEAL, 0)), "PNG")) is Reason.FULLY_TRANSPARENT


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_is_laid_over_white_and_the_opaque_pixels_are_told(kind: str) -> None:
    image = picture("RGBA", colour=(*TEAL, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 30))
    image.paste((0, 0, 0, 51), (10, 0, 20, 30))
    raster = decode(saved(image, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    assert [tuple(map(int, raster.rgb[5, x])) for x in (5, 15, 25)] == [(255,) * 3, (204,) * 3, TEAL]
    assert raster.opaque is not None
    assert raster.opaque[5, [5, 15, 25]].tolist() == [False, False, True]


def test_alpha_that_is_opaque_everywhere_leaves_no_mask() -> None:
    raster = decode(saved(picture("RGBA", colour=(*TEAL, 255)), "PNG"))
    assert raster.opaque is None
    assert raster.notes == ()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (picture("1", colour=1), (255, 255, 255)),
        (picture("L", colour=77), (77, 77, 77)),
        (picture("LA", colour=(77, 255)), (77, 77, 77)),
        (picture("P", colour=1), (1, 1, 1)),
        (picture("I;16", colour=0x8080), (128, 128, 128)),
        (picture().quantize(4), TEAL),
    ],
    ids=["bilevel", "grey", "grey-alpha", "palette", "grey-16", "quantised"],
)
def test_every_pixel_model_becomes_srgb(image: Image.Image, expected: tuple[int, int, int]) -> None:
    if image.mode == "P" and image.palette is not None and not image.palette.colors:
        image.putpalette([value for value in range(256) for _ in range(3)])
    assert tuple(map(int, decode(saved(image, "PNG")).rgb[3, 3])) == expected


def test_sixteen_bit_colour_keeps_its_high_byte() -> None:
    row = b"\x00" + struct.pack(">3H", 0x1234, 0x8001, 0xFFFF) * 2
    source = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
    source += chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    assert decode(source).rgb.tolist() == [[[0x12, 0x80, 0xFF]] * 2]


def test_a_palette_with_transparency_is_composited() -> None:
    image = Image.new("P", (10, 10), 0)
    image.putpalette([0, 0, 0, *TEAL])
    image.paste(1, (5, 0, 10, 10))
    raster = decode(saved(image, "PNG", transparency=0))
    assert tuple(map(int, raster.rgb[0, 0])) == (255, 255, 255)
    assert tuple(map(int, raster.rgb[0, 9])) == TEAL


def test_cmyk_is_read_and_called_approximate() -> None:
    raster = decode(saved(picture("CMYK", colour=(0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = map(int, raster.rgb[3, 3])
    assert red > 230
    assert max(green, blue) < 40
    assert "approximate" in raster.notes[0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_measured(kind: str) -> None:
    frames = [picture(colour=(200, 10, 10))]
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    raster = decode(saved(picture(), kind, save_all=True, append_images=frames, duration=100, **options))
    assert (raster.rgb == TEAL).all()
    assert "first frame" in raster.notes[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    upright = picture(size=(64, 48), colour=(255, 255, 255))
    upright.paste((0, 0, 0), (0, 0, 32, 24))  # the dark quarter belongs at the top left
    undo: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    raster = decode(saved(undo[orientation](upright), kind, exif=exif))
    assert (raster.width, raster.height) == (64, 48)
    corners = [int(raster.rgb[y, x].max()) < 60 for y in (6, 42) for x in (6, 58)]
    assert corners == [True, False, False, False]


@pytest.mark.parametrize(
    "exif",
    [b"Exif\x00\x00", b"Exif\x00\x00MM\x00*\xff\xff\xff\xff", b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff\x12\x01"],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_is_ignored(exif: bytes, kind: str) -> None:
    assert decode(saved(picture(), kind, exif=exif)).rgb.shape == (30, 40, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_broken_profile_is_set_aside_with_a_note(kind: str) -> None:
    raster = decode(saved(picture(), kind, icc_profile=b"this is no profile"))
    assert "set aside" in raster.notes[0]
    assert np.abs(raster.rgb.astype(int) - TEAL).max() <= 8


def test_a_profile_that_is_srgb_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raster = decode(saved(picture(), "PNG", icc_profile=profile))
    assert (raster.rgb == TEAL).all()
    assert raster.notes == ()


def display_p3() -> bytes:
    """An sRGB profile whose red, green and blue columns are those of Display P3 (D50 adapted)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    columns = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for index in range(struct.unpack_from(">I", profile, 128)[0]):
        tag, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if tag in columns:
            struct.pack_into(">3i", profile, offset + 8, *(round(value * 65536) for value in columns[tag]))
    return bytes(profile)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_wide_profile_is_converted_to_srgb(kind: str) -> None:
    # Display P3 (0.92, 0.2, 0.14) is the red of sRGB, by the matrices of CSS Color 4
    image = picture(colour=(234, 51, 35))
    raster = decode(saved(image, kind, icc_profile=display_p3(), **({"lossless": True} if kind == "WEBP" else {})))
    assert np.abs(raster.rgb[3, 3].astype(int) - (255, 0, 0)).max() <= 4
    assert "converted" in raster.notes[0]


@pytest.mark.parametrize(
    ("chunks", "warned"),
    [
        ({b"gAMA": (45455,)}, False),
        ({b"gAMA": (45455,), b"cHRM": (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)}, False),
        ({b"gAMA": (100000,)}, True),
        ({b"cHRM": (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)}, True),
        ({b"gAMA": (100000,), b"sRGB": ()}, False),
        ({b"gAMA": (100000, 1)}, False),
    ],
)
def test_a_png_of_another_gamma_or_other_primaries_says_so(chunks: dict[bytes, tuple[int, ...]], warned: bool) -> None:
    plain = pictures.page()
    added = b""
    for kind, values in chunks.items():
        body = struct.pack(f">{len(values)}I", *values) if values else b"\0"
        added += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    found = decode(plain[:33] + added + plain[33:])
    assert np.array_equal(found.rgb, decode(plain).rgb)
    assert any("gamma or primaries" in note for note in found.notes) is warned


def test_a_profile_for_another_colour_model_is_set_aside() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raster = decode(saved(picture("L", colour=90), "PNG", icc_profile=profile))
    assert (raster.rgb == 90).all()
    assert "set aside" in raster.notes[0]


@pytest.mark.parametrize(("kind", "density"), [("PNG", 144), ("JPEG", 192)])
def test_the_density_that_the_file_claims_is_kept(kind: str, density: int) -> None:
    assert decode(saved(picture(), kind, dpi=(density, density))).pixels_per_inch == pytest.approx(density, abs=0.1)


def test_a_photograph_alone_and_text_alone_are_pictures() -> None:
    noise = np.random.default_rng(3).normal(128, 40, (120, 160, 3)).clip(0, 255).astype(np.uint8)
    assert decode(saved(Image.fromarray(noise), "JPEG", quality=85)).rgb.shape == (120, 160, 3)
    page = picture(size=(200, 40), colour=(255, 255, 255))
    ImageDraw.Draw(page).text((5, 5), "only text", fill=(0, 0, 0))
    assert decode(saved(page, "PNG")).rgb.min() < 128


def test_refusals_never_carry_bytes_of_the_file() -> None:
    for source in (b"secret-word", png_with()[:60] + b"secret-word" * 5, b"\xff\xd8\xff\xe0secret-word"):
        with pytest.raises(PictureError) as caught:
            decode(source)
        assert "secret" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
