"""Zip archives of pictures: hostile input. A bad file is told of by itself, a bad archive is refused whole."""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.storage import StorageConfigService

POINTER = "/archive"

_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_ENTRY_BYTES = 46 + 256  # of the directory, for a file with a long name
_NESTED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_MOST_TIMES = 100  # deflate makes flat pixels a thousand times smaller, but pictures are compressed already
_HARMLESS = 1024 * 1024  # bytes up to which nobody asks how small they were
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its bytes, or what is wrong with it."""

    name: str
    content: bytes = b""
    error: DomainError | None = None


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    storage: StorageConfigService = field(default_factory=lambda: get_orchestrator().storage_service)

    def read(self, file: IO[bytes]) -> Iterator[Entry]:
        """Every picture, one at a time. DomainError when it is no archive, too large, or its files overlap.

        Folders and what systems hide in archives (names that begin with a dot, __MACOSX) are passed over.
        """
        self._check_directory(file)
        try:
            with zipfile.ZipFile(file) as archive:
                infos = [each for each in archive.infolist() if not _passed_over(each)]
                self._check_infos(infos)
                room = self.storage.max_archive_bytes
                for info in infos:
                    entry = self._entry(archive, info)
                    room -= len(entry.content)
                    if room < 0:
                        raise self._too_large()
                    yield entry
        except (zipfile.BadZipFile, UnicodeDecodeError, struct.error, EOFError):
            raise _refused("archive_corrupt", "This is no whole zip archive.", Kind.UNPROCESSABLE) from None

    def _check_directory(self, file: IO[bytes]) -> None:
        """Before the directory is read into memory: it says how many files and bytes it has."""
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_SIZE:
            raise _refused("archive_corrupt", "This is no whole zip archive.", Kind.UNPROCESSABLE)
        count, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
        most = self.storage.max_archive_entries
        if count > most or directory > most * _ENTRY_BYTES:
            raise _refused("archive_too_many_files", f"An archive may hold {most:,} files.", Kind.TOO_LARGE)
        file.seek(0)

    def _check_infos(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > self.storage.max_archive_entries:
            raise _refused("archive_too_many_files", "The archive holds too many files.", Kind.TOO_LARGE)
        end = 0
        for info in sorted(infos, key=lambda each: each.header_offset):
            if info.header_offset < end:
                raise _refused("archive_overlapping", "Files of the archive share bytes.", Kind.UNPROCESSABLE)
            end = info.header_offset + info.compress_size

    def _entry(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
        name = _readable(info.filename)
        try:
            return Entry(name, self._content(archive, info))
        except DomainError as error:
            return Entry(name, error=error)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError):
            return Entry(name, error=_refused("archive_entry_corrupt", "The file is damaged.", Kind.UNPROCESSABLE))

    def _content(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        _check_entry(info)
        most = self.storage.max_picture_bytes
        if info.file_size > most:
            raise _refused("picture_too_many_bytes", f"A picture may have {most:,} bytes.", Kind.TOO_LARGE)
        with archive.open(info) as opened:
            content = opened.read(most + 1)
        if len(content) > _HARMLESS and len(content) > _MOST_TIMES * max(1, info.compress_size):
            raise _refused("archive_ratio", "The file unpacks to far more than it was.", Kind.UNPROCESSABLE)
        if content.startswith(_NESTED):
            raise _refused("archive_nested", "The file is an archive itself.", Kind.UNPROCESSABLE)
        return content

    def _too_large(self) -> DomainError:
        most = self.storage.max_archive_bytes
        return _refused("archive_too_large", f"An archive may unpack to {most:,} bytes.", Kind.TOO_LARGE)


def _check_entry(info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _refused("archive_not_a_file", "Links and devices are not read.", Kind.UNPROCESSABLE)
    if info.flag_bits & 1:
        raise _refused("archive_encrypted", "The file is encrypted.", Kind.UNPROCESSABLE)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("archive_method", "Only stored and deflated files are read.", Kind.UNPROCESSABLE)
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0] or _readable(name) != name[-_LONGEST_NAME:]:
        raise _refused("archive_path", "The file's path leaves the archive or cannot be shown.", Kind.UNPROCESSABLE)


def _passed_over(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.replace("\\", "/").split("/")
    return info.is_dir() or parts[0] == "__MACOSX" or (parts[-1].startswith(".") and parts[-1] != "..")


def _readable(name: str) -> str:
    """The end of a name that can be kept and shown; whatever steers a terminal or a text's direction is a mark."""
    shown = "".join("\ufffd" if unicodedata.category(each).startswith("C") else each for each in name)
    return shown[-_LONGEST_NAME:]


def _refused(code: str, detail: str, kind: Kind) -> DomainError:
    return DomainError(code, detail, kind, errors=[FieldError(POINTER, code, detail)])
