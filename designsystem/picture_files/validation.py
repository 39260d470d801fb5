"""One picture file judged: read, measured once, compared, and its report made; no database and no server."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import perf_counter

from designsystem.engine.comparison.exception_file import read_exceptions
from designsystem.engine.comparison.verdict import Check, Settings, Undecided, Verdict, judge
from designsystem.engine.decode import Limits
from designsystem.engine.errors import PictureError
from designsystem.engine.extract import Extraction, Stage, extract
from designsystem.engine.png_encoding import encode_png
from designsystem.engine.raster import Pixels
from designsystem.engine.report.junit import render_junit
from designsystem.engine.report.sarif import render_sarif
from designsystem.engine.report.validation_html import render_validation_html
from designsystem.engine.report.validation_json import Subject, render_json
from designsystem.engine.report.validation_overlay import draw_validation
from designsystem.engine.report.validation_text import render_text
from designsystem.engine.rgba import PicturePair, checked, decode_pair, on_white, read_picture
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.picture_files.extraction import write_whole
from designsystem.picture_files.targets import STANDARD_STREAM

FORMATS = ("text", "json", "html", "junit", "sarif")


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """What to judge and where results go: `output` and `overlay` are files, or `-` for standard output; None writes
    none. `pixel_ratio` None finds it. Of `tokens`, `baseline` and contrast, at least one."""

    picture: str
    tokens: Path | None = None
    baseline: Path | None = None
    exceptions: Path | None = None
    pixel_ratio: float | None = None
    format: str = "text"
    output: str = STANDARD_STREAM
    overlay: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FileValidation:
    """Judges one file. `run` raises PictureError, DocumentError, ExceptionFileError and OSError for what cannot be
    read: then nothing was judged and nothing is written."""

    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    today: date = field(default_factory=date.today)
    read_stdin: Callable[[int], bytes] = lambda most: sys.stdin.buffer.read(most)

    def run(self, request: ValidationRequest, progress: Callable[[Stage], None] | None = None) -> Verdict:
        began = perf_counter()
        content = self._content(request.picture)
        tokens = from_dtcg(request.tokens.read_text(encoding="utf-8")) if request.tokens else None
        settings = self.settings
        if request.exceptions:
            listed = read_exceptions(request.exceptions.read_text(encoding="utf-8"))
            settings = replace(settings, exceptions=(*settings.exceptions, *listed))
        measured = None
        if tokens is not None or settings.contrast is not None:
            measured = extract(content, pixel_ratio=request.pixel_ratio, limits=self.limits, progress=progress)
        pictures, undecided = self._pictures(request, content)
        verdict = judge(measured, tokens, pictures, settings, self.today, undecided)
        subject = _subject(request, content, measured, pictures)
        self._write(request, verdict, subject, _Pictures(measured, pictures), perf_counter() - began)
        return verdict

    def _content(self, picture: str) -> bytes:
        if picture == STANDARD_STREAM:
            return checked(self.read_stdin(self.limits.max_bytes + 1), self.limits)
        return read_picture(Path(picture), self.limits)

    def _pictures(self, request: ValidationRequest, content: bytes) -> tuple[PicturePair | None, list[Undecided]]:
        """Both decoded, whole where they will be shown; a baseline that is none leaves its check undecided and the
        others to be made."""
        baseline = request.baseline
        if baseline is None:
            return None, []
        shown = request.overlay is not None or request.format == "html"
        try:
            return decode_pair(read_picture(baseline, self.limits), content, self.limits, shown), []
        except PictureError as error:
            return None, [Undecided(Check.BASELINE, error.reason.value, error.detail)]
        except OSError as error:
            return None, [Undecided(Check.BASELINE, "file", f"{baseline.name}: {error.strerror or error}")]

    def _write(
        self, request: ValidationRequest, verdict: Verdict, subject: Subject, pictures: _Pictures, seconds: float
    ) -> None:
        """Everything is made before anything is written."""
        made = [(request.output, _report(request, verdict, subject, pictures, seconds))]
        if request.overlay is not None:
            made.append((request.overlay, draw_validation(pictures.shown, verdict, pictures.baseline)))
        for target, report in made:
            if target == STANDARD_STREAM:
                sys.stdout.buffer.write(report)
                sys.stdout.buffer.flush()
            else:
                write_whole(Path(target), report)


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What there is to show: the picture as it was measured or compared, and its baseline."""

    measured: Extraction | None
    pair: PicturePair | None

    @property
    def shown(self) -> Pixels:
        if self.measured is not None:
            return self.measured.raster.rgb
        assert self.pair is not None
        return on_white(self.pair.picture)

    @property
    def baseline(self) -> Pixels | None:
        return on_white(self.pair.baseline) if self.pair is not None else None


def _report(
    request: ValidationRequest, verdict: Verdict, subject: Subject, pictures: _Pictures, seconds: float
) -> bytes:
    match request.format:
        case "json":
            return render_json(verdict, subject).encode()
        case "sarif":
            return render_sarif(verdict, subject).encode()
        case "junit":
            overlay = request.overlay if request.overlay != STANDARD_STREAM else None
            return render_junit(verdict, subject, seconds, overlay).encode()
        case "html":
            baseline = encode_png(pictures.baseline) if pictures.baseline is not None else None
            return render_validation_html(verdict, subject, encode_png(pictures.shown), baseline).encode()
    return render_text(verdict, subject).encode()


def _subject(
    request: ValidationRequest, content: bytes, measured: Extraction | None, pictures: PicturePair | None
) -> Subject:
    source = measured.token_set.source if measured else None
    height, width = (source.height, source.width) if source else pictures.picture.shape[:2] if pictures else (0, 0)
    name = request.name or ("stdin" if request.picture == STANDARD_STREAM else request.picture)
    return Subject(
        picture=name,
        sha256=hashlib.sha256(content).hexdigest(),
        width=width,
        height=height,
        pixel_ratio=source.pixel_ratio if source else None,
        pixel_ratio_given=source.pixel_ratio_given if source else False,
        tokens=str(request.tokens) if request.tokens else None,
        baseline=str(request.baseline) if request.baseline else None,
        notes=measured.raster.notes if measured else (),
    )
