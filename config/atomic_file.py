"""Writes a file so that a crash at any moment leaves the old one or the new one, whole, and the old one in a backup."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def replace_file(path: Path, text: str, *, backup: Path) -> Path:
    """Puts `text` in place of `path` (a link stays a link); mode and owner stay. Gives the backup, which is new.

    A backup that exists is never written over: `backup` gets a number instead.
    """
    real = path.resolve()
    folder = real.parent
    backup = _unused(folder / backup)
    fresh = folder / f".{real.name}.new"
    _copy(real, backup)
    _write(fresh, text.encode("utf-8"), like=real)
    os.replace(fresh, real)
    _sync_folder(folder)
    return backup


def _copy(source: Path, target: Path) -> None:
    # under another name first: a backup that stands there is whole
    part = target.with_name(f".{target.name}.part")
    _write(part, source.read_bytes(), like=source)
    os.replace(part, target)
    _sync_folder(target.parent)


def _write(path: Path, content: bytes, *, like: Path) -> None:
    path.unlink(missing_ok=True)  # left over from a crash, perhaps of another owner
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        status = like.stat()
        shutil.copymode(like, path)
        if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
            os.fchown(stream.fileno(), status.st_uid, status.st_gid)
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unused(path: Path) -> Path:
    number, candidate = 1, path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.{number}")
    return candidate
