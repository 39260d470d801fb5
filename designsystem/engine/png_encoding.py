"""Pictures as PNG files, quickly: one filter for all rows and a little compression, as they are looked at once."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from zlib_ng import zlib_ng

from designsystem.engine.containers import PNG_SIGNATURE
from designsystem.engine.raster import Pixels

_LEVEL = 2  # of 9: a fifth larger than the default, in a tenth of the time
_UP = 2  # the filter: what a row adds to the one above
_BAND = 128  # rows that are filtered at a time, so that they stay in the processor's cache


def encode_png(*parts: Pixels) -> bytes:
    """(height, width, 3) sRGB as PNG bytes, one part below the other; all are equally wide.

    ValueError for a picture without pixels.
    """
    height, width = sum(len(part) for part in parts), parts[0].shape[1]
    if not height or not width:
        raise ValueError(f"a PNG has pixels, and {width} x {height} are none")
    compress = zlib_ng.compressobj(_LEVEL, strategy=zlib_ng.Z_FILTERED)
    packed = [compress.compress(lines.data) for lines in _filtered(parts)] + [compress.flush()]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join([PNG_SIGNATURE, *chunk(b"IHDR", header), *chunk(b"IDAT", b"".join(packed)), *chunk(b"IEND", b"")])


def chunk(kind: bytes, data: bytes) -> Iterator[bytes]:
    """The parts of a PNG chunk: length and type, data, checksum."""
    yield struct.pack(">I", len(data)) + kind
    yield data
    yield struct.pack(">I", zlib_ng.crc32(data, zlib_ng.crc32(kind)))


def _filtered(parts: tuple[Pixels, ...]) -> Iterator[Pixels]:
    """The scan lines, by bands in a buffer that is used again."""
    row = parts[0].shape[1] * 3
    buffer = np.full((_BAND, row + 1), _UP, np.uint8)
    above = np.zeros((1, row), np.uint8)
    for part in parts:
        rows = part.reshape(len(part), row)
        for top in range(0, len(rows), _BAND):
            band = rows[top : top + _BAND]
            lines = buffer[: len(band)]
            np.subtract(band[:1], above, out=lines[:1, 1:])
            np.subtract(band[1:], band[:-1], out=lines[1:, 1:])
            above = band[-1:]
            yield lines
