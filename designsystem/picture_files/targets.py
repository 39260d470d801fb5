"""Which file each result is written to, decided before anything is measured, so that no result replaces another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

STANDARD_STREAM = "-"
NAME_PLACE = "{name}"


class TargetError(ValueError):
    """The pictures and the outputs asked for do not fit together; the message says how to put it right."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What was asked for. `report` and `overlay` may hold `{name}`, and must when there are many pictures.

    `document` is a file or `-` for standard output; `directory` gets one document a picture; both None writes none.
    """

    document: str | None = None
    directory: Path | None = None
    report: str | None = None
    overlay: str | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the results of one picture go; None for what was not asked for, `-` for standard output."""

    picture: str
    name: str
    document: str | None = None
    report: str | None = None
    overlay: str | None = None

    @property
    def label(self) -> str:
        """The picture's name for people: what a terminal can show, whatever the file is called."""
        return "".join(c if c.isprintable() else "?" for c in self.picture)

    def files(self) -> list[Path]:
        written = (self.document, self.report, self.overlay)
        return [Path(each) for each in written if each is not None and each != STANDARD_STREAM]


@dataclass(frozen=True, slots=True)
class _Names:
    """A name for each picture: the stem, with the extension where stems are equal, with a number where both are."""

    taken: set[str] = field(default_factory=set)

    def of(self, picture: str, stems: Counter[str]) -> str:
        path = Path("stdin" if picture == STANDARD_STREAM else picture)
        wished = path.stem if stems[path.stem.casefold()] == 1 else path.name
        name, number = wished, 2
        while name.casefold() in self.taken:  # a disk may not tell "Shop" from "shop"
            name, number = f"{wished}-{number}", number + 1
        self.taken.add(name.casefold())
        return name


def plan(pictures: Sequence[str], outputs: Outputs, suffix: str) -> tuple[Targets, ...]:
    """The targets of each picture, in order. TargetError when two results, or a result and a picture, share a file."""
    _check_request(pictures, outputs)
    stems = Counter(Path("stdin" if each == STANDARD_STREAM else each).stem.casefold() for each in pictures)
    names = _Names()
    planned = tuple(_targets(picture, names.of(picture, stems), outputs, suffix) for picture in pictures)
    _check_files(pictures, planned)
    return planned


def renamed(planned: Sequence[Targets]) -> list[Targets]:
    """Those whose name is not simply the picture's stem, because another picture has the same."""
    return [each for each in planned if each.picture != STANDARD_STREAM and each.name != Path(each.picture).stem]


def _targets(picture: str, name: str, outputs: Outputs, suffix: str) -> Targets:
    document = outputs.document if outputs.directory is None else str(outputs.directory / (name + suffix))

    def placed(pattern: str | None) -> str | None:
        return pattern.replace(NAME_PLACE, name) if pattern is not None else None

    return Targets(picture, name, document, placed(outputs.report), placed(outputs.overlay))


def _check_request(pictures: Sequence[str], outputs: Outputs) -> None:
    if outputs.document is not None and outputs.directory is not None:
        raise TargetError("--output and --output-dir exclude each other")
    if pictures.count(STANDARD_STREAM) > 1:
        raise TargetError("standard input holds one picture: give - once")
    if len(pictures) == 1:
        return
    if outputs.document is not None:
        raise TargetError("--output is for one picture: give --output-dir for many")
    for option, pattern in (("--report", outputs.report), ("--overlay", outputs.overlay)):
        if pattern is not None and NAME_PLACE not in pattern:
            raise TargetError(f"{option} is one file: put {NAME_PLACE} into it for many pictures")


def _check_files(pictures: Sequence[str], planned: Sequence[Targets]) -> None:
    written = [path.resolve() for each in planned for path in each.files()]
    twice = [path for path, times in Counter(written).items() if times > 1]
    if twice:
        raise TargetError(f"two results would be written to {twice[0]}")
    for picture in pictures:
        if picture != STANDARD_STREAM and Path(picture).resolve() in written:
            raise TargetError(f"a result would replace the picture {picture}")
    streams = [each for one in planned for each in (one.document, one.report, one.overlay) if each == STANDARD_STREAM]
    if len(streams) > 1:
        raise TargetError("only one result can go to standard output")
