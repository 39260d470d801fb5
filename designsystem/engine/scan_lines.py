"""The scan lines of a PNG as they are stored, filtered: by them two pictures can be told apart row by row, so that only
the rows that may differ need be decoded."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from zlib_ng import zlib_ng

from designsystem.engine.containers import PNG_SIGNATURE, Container, png_chunks
from designsystem.engine.png_encoding import chunk

Rows = tuple[tuple[int, int], ...]  # spans of rows, [top, bottom), apart from each other and in order
_CHANNELS = {2: 3, 6: 4}  # PNG's colour types RGB and RGBA
_STANDS_ALONE = 1  # the filters None (0) and Sub (1) need no row above; Up, Average and Paeth do
_LAST_FILTER = 4
_BLOCK = 0xFFFF  # bytes, the most that a stored block of deflate holds
_ORDER = re.compile(rb"IHDR(PLTE)?(IDAT)+IEND")


@dataclass(frozen=True, slots=True, eq=False)
class ScanLines:
    """`header` is the data of IHDR, `lines` (height, 1 + bytes of a row): the filter of each row, then its bytes."""

    header: bytes
    lines: npt.NDArray[np.uint8]


def read_scan_lines(container: Container) -> ScanLines | None:
    """The scan lines of a PNG with 8 bits in each of RGB or RGBA, not interlaced, without a transparent colour; None
    for every other, and for one that is damaged, which the decoder names. Inflates no further than the size it states.
    """
    chunks = list(png_chunks(container.payload))
    if not _ORDER.fullmatch(b"".join(kind for kind, _, _ in chunks)):
        return None
    header = container.payload[chunks[0][1] : chunks[0][2]]
    row = _row_bytes(header)
    if row is None or not all(_intact(container.payload, start, end) for _, start, end in chunks):
        return None
    packed = b"".join(container.payload[start:end] for kind, start, end in chunks if kind == b"IDAT")
    inflate = zlib_ng.decompressobj()
    try:
        found = inflate.decompress(packed, container.height * row + 1)
    except zlib.error:  # zlib-ng raises zlib's own
        return None
    if not inflate.eof or len(found) != container.height * row:
        return None
    lines = np.frombuffer(found, np.uint8).reshape(container.height, row)
    return ScanLines(header, lines) if int(lines[:, 0].max()) <= _LAST_FILTER else None


def differing_rows(one: ScanLines, other: ScanLines, margin: int) -> Rows:
    """The spans outside of which both have the same pixels, with `margin` rows around what may differ.

    A row is the same when its filtered bytes are and the row above is, or is not needed. Each span begins where no row
    above is needed. ValueError when the pictures have not the same header.
    """
    if one.header != other.header:
        raise ValueError("pictures of different shape have no rows in common")
    height = len(one.lines)
    unequal = _unequal_rows(one.lines, other.lines)
    if not len(unequal):
        return ()
    alone = (one.lines[:, 0] <= _STANDS_ALONE) & (other.lines[:, 0] <= _STANDS_ALONE)
    alone[0] = True
    begins = np.flatnonzero(alone)
    alone[unequal] = False
    settled = np.append(np.flatnonzero(alone), height)
    ends = np.minimum(settled[np.searchsorted(settled, unequal, side="right")] + margin, height)
    tops = np.maximum(unequal - margin, 0)
    tops = begins[np.searchsorted(begins, tops, side="right") - 1]
    return _joined(tops.tolist(), ends.tolist())


def decode_rows(source: ScanLines, top: int, bottom: int) -> npt.NDArray[np.uint8] | None:
    """(rows, width, 3 or 4) BGR or BGRA of the rows from `top` to `bottom`; the first of them must need no row above.
    None when they cannot be decoded."""
    header = source.header[:4] + struct.pack(">I", bottom - top) + source.header[8:]
    stored = _stored(source.lines[top:bottom].reshape(-1).data)
    content = b"".join([PNG_SIGNATURE, *chunk(b"IHDR", header), *chunk(b"IDAT", stored), *chunk(b"IEND", b"")])
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if found is None else np.asarray(found, np.uint8)


def _row_bytes(header: bytes) -> int | None:
    if len(header) != 13:
        return None
    width, height, depth, colour, *ways = struct.unpack(">IIBBBBB", header)
    if not width or not height or depth != 8 or colour not in _CHANNELS or any(ways):
        return None
    return 1 + int(width) * _CHANNELS[colour]


def _intact(content: bytes, start: int, end: int) -> bool:
    (wanted,) = struct.unpack(">I", content[end : end + 4].rjust(4, b"\x00"))
    return bool(zlib_ng.crc32(content[start - 4 : end]) == wanted)


def _stored(data: memoryview) -> bytes:
    """A zlib stream that compresses nothing (RFC 1950, RFC 1951 3.2.4): zlib itself takes longer to write one."""
    parts: list[bytes | memoryview] = [b"\x78\x01"]
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*parts, struct.pack(">I", zlib_ng.adler32(data))])


def _unequal_rows(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Rows whose bytes may differ, eight bytes at a time: a word that reaches over two rows counts for both."""
    first, second = one.reshape(-1), other.reshape(-1)
    whole = len(first) - len(first) % 8
    words = np.flatnonzero(first[:whole].view(np.uint64) != second[:whole].view(np.uint64)) * 8
    rest = whole + np.flatnonzero(first[whole:] != second[whole:])
    rows = [words // one.shape[1], (words + 7) // one.shape[1], rest // one.shape[1]]
    return np.unique(np.concatenate(rows))


def _joined(tops: Sequence[int], ends: Sequence[int]) -> Rows:
    found: list[tuple[int, int]] = []
    for top, end in zip(tops, ends, strict=True):
        if found and top <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((top, end))
    return tuple(found)
