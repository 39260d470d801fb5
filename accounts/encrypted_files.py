"""Files that lie encrypted: written and read as a stream, so that neither memory nor disk ever holds them in clear."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from accounts.services.encryption import DecryptionError, EncryptionService

_CHUNK = 1024 * 1024
_LENGTH = struct.Struct(">I")


class EncryptingWriter(io.RawIOBase):
    """Chunks of 1 MiB, each an envelope bound to `context`, its number, and whether it is the last: none can be left
    out, moved or cut off (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
    """

    def __init__(self, target: IO[bytes], context: str) -> None:
        self._target, self._context = target, context
        self._waiting, self._number = bytearray(), 0
        self._encryption = EncryptionService()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer there, bytes here
        self._waiting += data
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk; without it the file does not open."""
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
        super().close()

    def _put(self, chunk: bytes, last: bool) -> None:
        envelope = self._encryption.encrypt(chunk, _bound(self._context, self._number, last))
        self._target.write(_LENGTH.pack(len(envelope)) + envelope)
        self._number += 1


@dataclass(frozen=True, slots=True)
class EncryptedReader:
    """The plaintext of such a file, chunk by chunk; DecryptionError when anything was changed, moved or cut off."""

    source: IO[bytes]
    context: str
    encryption: EncryptionService = field(default_factory=EncryptionService)

    def chunks(self) -> Iterator[bytes]:
        envelope, number = self._next(), 0
        while envelope is not None:
            following = self._next()
            yield self.encryption.decrypt(envelope, _bound(self.context, number, following is None))
            envelope, number = following, number + 1

    def _next(self) -> bytes | None:
        head = self.source.read(_LENGTH.size)
        if not head:
            return None
        envelope = self.source.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
        if not envelope or len(envelope) != _LENGTH.unpack(head)[0]:
            raise DecryptionError("the file was cut off")
        return envelope


def _bound(context: str, number: int, last: bool) -> str:
    return f"{context}:{number}:{'last' if last else 'more'}"
