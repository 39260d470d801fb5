"""One picture file in, the files that were asked for out; each is written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from designsystem.engine.decode import Limits
from designsystem.engine.errors import PictureError
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.extract import Extraction, Stage, extract
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.report.html import render_html
from designsystem.engine.report.overlay import draw_overlay
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.picture_files.targets import STANDARD_STREAM, Targets


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture that could be measured, and the files now written."""

    targets: Targets
    token_set: TokenSet


@dataclass(frozen=True, slots=True)
class Failed:
    """A picture that could not be measured or whose results could not be written. `reason` is a stable word."""

    targets: Targets
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class FileExtraction:
    """Measures pictures one at a time. `pixel_ratio` None finds it; `read_stdin` gives the bytes of the picture `-`."""

    exporter: Exporter = EXPORTERS["dtcg"]
    pixel_ratio: float | None = None
    limits: Limits = field(default_factory=Limits)
    read_stdin: Callable[[int], bytes] = lambda most: sys.stdin.buffer.read(most)

    def run(self, targets: Targets, progress: Callable[[Stage], None] | None = None) -> Measured | Failed:
        """Measure one picture and write its files. Never raises for what a picture or a disk can do."""
        try:
            found = extract(self._source(targets), pixel_ratio=self.pixel_ratio, limits=self.limits, progress=progress)
            self._write(targets, found)
        except PictureError as error:
            return Failed(targets, error.reason.value, error.detail)
        except OSError as error:
            place = f": {error.filename}" if error.filename not in (None, targets.picture) else ""
            return Failed(targets, "file", f"{error.strerror or error}{place}")
        except MemoryError:
            return Failed(targets, "memory", "There is not enough memory for this picture.")
        except Exception as error:  # a defect of ours, and still the other pictures of the batch must be measured
            return Failed(targets, "internal", f"{type(error).__name__}: {error}")
        return Measured(targets, found.token_set)

    def _source(self, targets: Targets) -> bytes | Path:
        if targets.picture == STANDARD_STREAM:
            return self.read_stdin(self.limits.max_bytes + 1)
        return Path(targets.picture)

    def _write(self, targets: Targets, found: Extraction) -> None:
        """Everything is made before anything is written, so that a failure leaves no half of the results."""
        made: list[tuple[str, bytes]] = []
        if targets.document is not None:
            made.append((targets.document, self.exporter.export(found.token_set).encode()))
        if targets.report is not None:
            page = render_html(found.token_set, encode_png(found.raster.rgb), targets.name)
            made.append((targets.report, page.encode()))
        if targets.overlay is not None:
            made.append((targets.overlay, draw_overlay(found.raster, found.token_set)))
        for target, content in made:
            if target == STANDARD_STREAM:
                sys.stdout.buffer.write(content)
                sys.stdout.buffer.flush()
            else:
                write_whole(Path(target), content)


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`: a reader sees the old file or the new one, never a part. Missing folders are made.

    OSError when it cannot; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
