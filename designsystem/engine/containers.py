"""What a picture file says of itself, read from its container before any decoder sees it.

Only the parts that make up the picture are handed on: text, thumbnails and maker notes never reach the decoder, so
none of them can inflate, warn or be quoted.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
METRES_PER_INCH = 0.0254
MAX_PROFILE_BYTES = 4 * 1024 * 1024
MAX_JPEG_SCANS = 100  # a progressive JPEG has about ten; each scan costs a pass over all pixels


# gAMA and cHRM of sRGB in hundred-thousandths: white, red, green and blue as x and y; writers round them differently
_SRGB_GAMMA = (45455,)
_SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_SRGB_ROUNDING = 600


class BrokenContainerError(Exception):
    """The file begins like a picture but its structure is not one."""


@dataclass(frozen=True, slots=True)
class Container:
    """`payload` is the file without its metadata; `orientation` is the EXIF number, 1 to 8; `animated` when more
    frames follow the first. Width and height are as stored, before orientation; 0 where only the decoder knows them.
    `other_space` when a file without a profile states a gamma or primaries that are not sRGB's.
    """

    media_type: str
    width: int
    height: int
    payload: bytes
    lossless: bool = True
    animated: bool = False
    orientation: int = 1
    profile: bytes | None = None
    pixels_per_inch: float | None = None
    other_space: bool = False


def read_container(source: bytes) -> Container | None:
    """The container of `source` by its magic bytes, None when it is of no known type; BrokenContainerError."""
    try:
        if source.startswith(PNG_SIGNATURE):
            return _png(source)
        if source.startswith(b"\xff\xd8\xff"):
            return _jpeg(source)
        if source.startswith((b"GIF87a", b"GIF89a")):
            return _gif(source)
        if source.startswith(b"RIFF") and source[8:12] == b"WEBP":
            return _webp(source)
        if source[4:12] in (b"ftypavif", b"ftypavis"):
            return _avif(source)
    except (struct.error, IndexError) as error:
        raise BrokenContainerError from error
    return None


def exif_orientation(exif: bytes) -> int:
    """The orientation tag of the first directory, 1 when there is none or the block is broken."""
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, start)
        for index in range(entries):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", exif, start + 2 + 12 * index)
            if (tag, kind, count) == (0x0112, 3, 1):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def png_chunks(source: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of each chunk's data; a chunk that runs past the file ends the walk."""
    position = 8
    while position + 12 <= len(source):
        length, kind = struct.unpack_from(">I4s", source, position)
        start = position + 8
        yield kind, start, min(start + length, len(source))
        position = start + length + 4


# -- PNG


def _png(source: bytes) -> Container:
    chunks = dict[bytes, bytes]()
    payload = [source[:8]]
    for kind, start, end in png_chunks(source):
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            payload.append(source[start - 8 : end + 4])
        if kind in (b"IHDR", b"acTL", b"iCCP", b"pHYs", b"eXIf", b"sRGB", b"gAMA", b"cHRM"):
            chunks.setdefault(kind, source[start:end])
    if b"IHDR" not in chunks:
        raise BrokenContainerError
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    return Container(
        media_type="image/png",
        width=width,
        height=height,
        payload=b"".join(payload),
        animated=b"acTL" in chunks,
        orientation=exif_orientation(chunks.get(b"eXIf", b"")),
        profile=_png_profile(chunks.get(b"iCCP", b"")),
        pixels_per_inch=_png_density(chunks.get(b"pHYs", b"")),
        other_space=not chunks.keys() & {b"iCCP", b"sRGB"} and _is_other_space(chunks),
    )


def _is_other_space(chunks: dict[bytes, bytes]) -> bool:
    """By gAMA and cHRM (PNG 11.3.2), where these are whole."""
    for kind, form, usual in ((b"gAMA", ">I", _SRGB_GAMMA), (b"cHRM", ">8I", _SRGB_PRIMARIES)):
        stated = chunks.get(kind, b"")
        if len(stated) == struct.calcsize(form):
            pairs = zip(struct.unpack(form, stated), usual, strict=True)
            if any(abs(found - expected) > _SRGB_ROUNDING for found, expected in pairs):
                return True
    return False


def _png_profile(chunk: bytes) -> bytes | None:
    name, _, rest = chunk.partition(b"\x00")
    if not name or not rest.startswith(b"\x00"):
        return None
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(rest[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""  # a profile was meant: the caller says that it was unreadable
    return profile if not inflate.unconsumed_tail else b""


def _png_density(chunk: bytes) -> float | None:
    if len(chunk) != 9 or chunk[8] != 1:
        return None
    across, _ = struct.unpack_from(">II", chunk)
    return float(across) * METRES_PER_INCH or None


# -- JPEG


def _jpeg(source: bytes) -> Container:
    kept = [source[:2]]
    size: tuple[int, int] | None = None
    orientation, density = 1, None
    profile = dict[int, bytes]()
    for marker, start, end in _jpeg_segments(source):
        body = source[start:end]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">xHH", body)
            size = width, height
        if marker == 0xE0:
            density = density or _jfif_density(body)
        elif marker == 0xE1 and body.startswith(b"Exif\x00\x00"):
            orientation = exif_orientation(body)
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00"):
            profile.setdefault(body[12], body[14:])
        # application segments carry no pixels, save JFIF's and Adobe's, which name the colour model
        if marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(source[start - 4 : end])
        if marker == 0xDA:
            kept.append(source[end:])
    if size is None or source.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise BrokenContainerError
    return Container(
        media_type="image/jpeg",
        width=size[0],
        height=size[1],
        payload=b"".join(kept),
        lossless=False,
        orientation=orientation,
        profile=b"".join(profile[key] for key in sorted(profile)) if profile else None,
        pixels_per_inch=density,
    )


def _jpeg_segments(source: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment's data, up to and with the first scan header."""
    position = 2
    while position + 4 <= len(source):
        if source[position] != 0xFF:
            raise BrokenContainerError
        marker = source[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        (length,) = struct.unpack_from(">H", source, position + 2)
        if length < 2:
            raise BrokenContainerError
        yield marker, position + 4, position + 2 + length
        if marker == 0xDA:
            return
        position += 2 + length


def _jfif_density(body: bytes) -> float | None:
    if not body.startswith(b"JFIF\x00") or len(body) < 12:
        return None
    unit, across = struct.unpack_from(">xxBH", body, 5)
    return {1: float(across), 2: across * 2.54}.get(unit) or None


# -- GIF


def _gif(source: bytes) -> Container:
    width, height = struct.unpack_from("<HH", source, 6)
    frames = 0
    for left, top, wide, high in _gif_frames(source):
        frames += 1
        if frames > 1:
            break
        # the decoder grows the canvas to a frame that leaves it
        width, height = max(width, left + wide), max(height, top + high)
    if not frames:
        raise BrokenContainerError
    return Container("image/gif", width, height, source, animated=frames > 1)


def _gif_frames(source: bytes) -> Iterator[tuple[int, int, int, int]]:
    position = 13 + _gif_palette(source[10])
    while position < len(source) and source[position] in b"!,":
        if source[position] == ord(","):
            yield struct.unpack_from("<HHHH", source, position + 1)
            position += 11 + _gif_palette(source[position + 9])
        else:
            position += 2
        while position < len(source) and source[position]:
            position += 1 + source[position]
        position += 1


def _gif_palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# -- WebP


def _webp(source: bytes) -> Container:
    chunks = dict(_webp_chunks(source, 12))
    animated = b"ANMF" in chunks
    if animated:  # the first frame's own chunks follow its 16 bytes of geometry
        chunks |= dict(_webp_chunks(chunks[b"ANMF"], 16))
    if b"VP8X" in chunks:
        flags = struct.unpack("<II", chunks[b"VP8X"][4:7] + b"\x00" + chunks[b"VP8X"][7:10] + b"\x00")
        width, height = flags[0] + 1, flags[1] + 1
    elif b"VP8L" in chunks:
        (bits,) = struct.unpack_from("<xI", chunks[b"VP8L"])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif b"VP8 " in chunks:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<6xHH", chunks[b"VP8 "]))
    else:
        raise BrokenContainerError
    return Container(
        media_type="image/webp",
        width=width,
        height=height,
        payload=source,
        lossless=b"VP8L" in chunks,
        animated=animated,
        orientation=exif_orientation(chunks.get(b"EXIF", b"")),
        profile=chunks.get(b"ICCP"),
    )


def _webp_chunks(source: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    """The chunks, in reverse order of precedence, so that `dict` keeps the first of a kind."""
    found: list[tuple[bytes, bytes]] = []
    while position + 8 <= len(source):
        kind, length = struct.unpack_from("<4sI", source, position)
        found.append((kind, source[position + 8 : position + 8 + length]))
        position += 8 + length + (length & 1)
    return reversed(found)


# -- AVIF


def _avif(source: bytes) -> Container:
    """Size, profile and rotation stand in nested property boxes, which the decoder reads without decoding pixels."""
    # AVIF rotates by its own property boxes; without its name the decoder passes the EXIF item by
    return Container(
        media_type="image/avif",
        width=0,
        height=0,
        payload=source.replace(b"Exif", b"skip"),
        lossless=False,
        animated=source[8:12] == b"avis",
    )
