"""Where the texts come from: files and folders, the tracked tree, the staged change, commits, the configuration."""

from __future__ import annotations

import codecs
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.orchestrator import ConfigServiceOrchestrator
from config.registry import settings
from config.secret_scan.finding import Document

_BINARY_LOOK = 8192
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class SourceError(Exception):
    """A text could not be had: the scan did not look at everything."""


@dataclass(slots=True)
class Skipped:
    """Counts what is left out on purpose, so that the report can say it."""

    binary: int = 0
    link: int = 0
    special: int = 0
    too_large: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """A larger file is named in the report, and the scan then counts as one that could not look at everything."""

    max_bytes: int = 50 * 1024 * 1024


def from_paths(paths: Iterable[Path], skipped: Skipped, limits: Limits) -> Iterator[Document]:
    """Files, and folders with all below them. Links are not followed, except those named themselves."""
    for path in paths:
        if not path.exists():
            raise SourceError(f"{path}: there is no such file or folder")
        if path.is_dir():
            for folder, folders, files in os.walk(path, onerror=_cannot):
                folders[:] = sorted(name for name in folders if name not in (".git", "node_modules", "__pycache__"))
                skipped.link += sum((Path(folder) / name).is_symlink() for name in folders)
                for name in sorted(files):
                    yield from _from_file(Path(folder) / name, skipped, limits)
        else:
            yield from _from_file(path.resolve(), skipped, limits, shown=str(path))


def from_tree(root: Path, skipped: Skipped, limits: Limits) -> Iterator[Document]:
    """The tracked files as they lie in the working tree, and the new ones that git does not ignore."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode(
        "utf-8", "surrogateescape"
    )
    for name in sorted(set(filter(None, listed.split("\0")))):
        path = root / name
        if path.is_symlink() or path.exists():  # a tracked file may be deleted
            yield from _from_file(path, skipped, limits, shown=name)


def from_staged(root: Path, skipped: Skipped, limits: Limits) -> Iterator[Document]:
    """What a commit would take up now, whole files as they are staged."""
    listed = _git(root, "diff", "--cached", "--name-only", "-z", "--diff-filter=ACMRT").decode(
        "utf-8", "surrogateescape"
    )
    names = [name for name in listed.split("\0") if name]
    wanted = [(f":{name}", name, "staged") for name in names]
    yield from _from_objects(root, wanted, skipped, limits)


def from_commits(root: Path, revisions: list[str], skipped: Skipped, limits: Limits) -> Iterator[Document]:
    """Every content that the commits brought, each once, whatever became of it later. `["--all"]` is the history."""
    if any(revision.startswith("-") and revision != "--all" for revision in revisions):
        raise SourceError("a commit range does not begin with a dash")
    if not _git(root, "rev-list", "-n", "1", *revisions).strip():
        return
    wanted = []
    for line in _git(root, "rev-list", "--objects", *revisions).decode("utf-8", "surrogateescape").splitlines():
        digest, _, name = line.partition(" ")
        if name:
            wanted.append((digest, name, f"blob {digest[:10]}"))
    yield from _from_objects(root, wanted, skipped, limits)
    messages = _git(root, "log", "--format=%H%x00%B%x00%x00", *revisions).decode("utf-8", "replace")
    for entry in messages.split("\0\0\n"):
        commit, _, message = entry.partition("\0")
        if message.strip():
            yield Document("commit message", message, f"commit {commit[:10]}")


def from_configuration(orchestrator: ConfigServiceOrchestrator) -> Iterator[Document]:
    """Every setting that is not secret and was set: a secret that stands in one of these shows in every listing."""
    for key, setting in settings().items():
        reading = orchestrator.resolution.winner(key)
        if reading is not None and not setting.secret:
            yield Document(key, f"{key}={reading.value}", f"configuration, {reading.origin}")


def live_secrets(orchestrator: ConfigServiceOrchestrator) -> dict[str, str]:
    """The secrets of the running configuration that were set, by variable: none may stand in a file."""
    found = {}
    for key, setting in settings().items():
        reading = orchestrator.resolution.winner(key)
        if reading is not None and setting.secret and isinstance(reading.value, str) and len(reading.value) >= 8:
            found[key] = reading.value
    return found


def _from_file(path: Path, skipped: Skipped, limits: Limits, shown: str | None = None) -> Iterator[Document]:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            skipped.link += 1
            return
        if not stat.S_ISREG(status.st_mode):
            skipped.special += 1  # a pipe would never end
            return
        if status.st_size > limits.max_bytes:
            skipped.too_large.append(shown or str(path))
            return
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{shown or path}: {error.strerror}") from None
    text = _decoded(content)
    if text is None:
        skipped.binary += 1
    else:
        yield Document(shown or str(path), text)


def _from_objects(
    root: Path, wanted: list[tuple[str, str, str]], skipped: Skipped, limits: Limits
) -> Iterator[Document]:
    """Contents by git object name, read from one process one after the other."""
    command = ["git", "-C", str(root), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        for name, shown, kind in wanted:
            process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.flush()
            head = process.stdout.readline().split()
            if len(head) != 3:
                raise SourceError(f"git does not give {shown}")
            content = process.stdout.read(int(head[2]) + 1)[:-1]
            if head[1] != b"blob":
                continue
            if len(content) > limits.max_bytes:
                skipped.too_large.append(f"{shown} ({kind})")
                continue
            text = _decoded(content)
            if text is None:
                skipped.binary += 1
            else:
                yield Document(shown, text, kind)
        process.stdin.close()


def _decoded(content: bytes) -> str | None:
    """The text, or None for what is no text. Bytes that are not UTF-8 are kept as they are."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content[:_BINARY_LOOK]:
        return None
    return content.decode("utf-8", "surrogateescape")


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(root), *arguments],  # noqa: S607
            capture_output=True,
            check=False,
        )
    except OSError:
        raise SourceError("git is missing") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SourceError(f"git: {reason[0] if reason else 'failed'}")
    return done.stdout


def _cannot(error: OSError) -> None:
    raise SourceError(f"{error.filename}: {error.strerror}")
