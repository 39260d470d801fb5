"""One result out of three checks: does the picture keep to its tokens, can it be read, has it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from designsystem.engine.comparison.changed_regions import Change, Region, changed_regions, is_caret
from designsystem.engine.comparison.conformance import Conformance, conformance
from designsystem.engine.comparison.contrast import Contrast, ContrastSettings, contrast
from designsystem.engine.comparison.difference import (
    ComparisonError,
    Difference,
    DifferenceSettings,
    compare,
    without,
)
from designsystem.engine.comparison.expected_type import with_expected_type
from designsystem.engine.comparison.finding import AcceptedException, Finding, Level, Rule
from designsystem.engine.comparison.token_matching import ConformanceSettings
from designsystem.engine.extract import Extraction
from designsystem.engine.geometry import union
from designsystem.engine.rgba import PicturePair
from designsystem.engine.tokens.token_set import TokenSet


class Check(StrEnum):
    """The three questions."""

    TOKENS = "tokens"
    CONTRAST = "contrast"
    BASELINE = "baseline"


class Outcome(StrEnum):
    """`UNDECIDED`: a check that was asked for could not be made, and none failed."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Settings:
    """Of all checks; `exceptions` are judged by the day `today`."""

    tokens: ConformanceSettings = field(default_factory=ConformanceSettings)
    contrast: ContrastSettings | None = field(default_factory=ContrastSettings)
    difference: DifferenceSettings = field(default_factory=DifferenceSettings)
    exceptions: tuple[AcceptedException, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """A check that could not be made: `reason` is a stable word."""

    check: Check
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What has changed since the baseline. `regions` are all of them, also where the amount is allowed."""

    difference: Difference
    regions: tuple[Region, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """`findings` of all checks, those that fail first; a check that was not asked for is None. `expired` are the
    exceptions that no longer excuse anything."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    conformance: Conformance | None
    contrast: Contrast | None
    baseline: Baseline | None
    expired: tuple[AcceptedException, ...]
    settings: Settings


def judge(
    measured: Extraction | None,
    tokens: TokenSet | None,
    pictures: PicturePair | None,
    settings: Settings,
    today: date,
    undecided: Sequence[Undecided] = (),
) -> Verdict:
    """Judge a picture: `measured` against `tokens` and for contrast, `pictures` for changes.

    `undecided` are checks that could not even begin, because a baseline cannot be decoded for example.
    """
    held = conformance(with_expected_type(measured, tokens), tokens, settings.tokens) if measured and tokens else None
    read = contrast(measured.scene, tokens, settings.contrast) if measured and settings.contrast else None
    changed, open_ = _baseline(pictures, settings.difference)
    found = [*(held.findings if held else ()), *(read.findings if read else ()), *(changed.findings if changed else ())]
    findings = [_excused(each, settings.exceptions, today) for each in found]
    left = (*undecided, *open_)
    failed = any(each.fails for each in findings)
    return Verdict(
        outcome=Outcome.FAILED if failed else Outcome.UNDECIDED if left else Outcome.PASSED,
        findings=tuple(sorted(findings, key=lambda each: (not each.fails, list(Level).index(each.level)))),
        undecided=left,
        conformance=held,
        contrast=read,
        baseline=changed,
        expired=tuple(each for each in settings.exceptions if each.expires < today),
        settings=settings,
    )


def _baseline(
    pictures: PicturePair | None, settings: DifferenceSettings
) -> tuple[Baseline | None, tuple[Undecided, ...]]:
    if pictures is None:
        return None, ()
    try:
        difference = compare(pictures, settings)
    except ComparisonError as error:
        return None, (Undecided(Check.BASELINE, error.reason, error.detail),)
    regions = changed_regions(pictures, difference.changed) if difference.count else ()
    if settings.ignore_caret:
        difference, regions = _without_carets(pictures, difference, regions, settings)
    return Baseline(difference, regions, tuple(_changes(difference, regions, settings))), ()


def _without_carets(
    pair: PicturePair, difference: Difference, regions: tuple[Region, ...], settings: DifferenceSettings
) -> tuple[Difference, tuple[Region, ...]]:
    found = tuple(replace(each, kind=Change.CARET) if is_caret(pair, each.box) else each for each in regions)
    carets = [each.box for each in found if each.kind is Change.CARET]
    height, width = (min(sides) for sides in zip(pair.baseline.shape[:2], pair.picture.shape[:2], strict=True))
    return without(difference, carets, (height, width), settings.window), found


def _changes(difference: Difference, regions: Sequence[Region], settings: DifferenceSettings) -> Iterable[Finding]:
    """The limit that decided comes first; the regions are errors only when one was missed."""
    too_many = difference.share > settings.allowed_share
    too_dense = settings.allowed_density is not None and difference.densest > settings.allowed_density
    if too_many:
        changed = difference.count + difference.outside
        yield Finding(
            Rule.TOO_MANY_CHANGED,
            Level.ERROR,
            f"{_pixels(changed)} changed, {difference.share:.4%} of the compared area; {settings.allowed_share:.4%} may"
            + (f"; {difference.outside:,} of them only one picture has." if difference.outside else "."),
            found=f"{changed} px",
            measured=difference.share,
            required=settings.allowed_share,
        )
    if too_dense and settings.allowed_density is not None:
        yield Finding(
            Rule.TOO_DENSE,
            Level.ERROR,
            f"{difference.densest:.2%} of a window of {settings.window} px changed; "
            f"{settings.allowed_density:.2%} may.",
            found=f"{difference.densest:.4f}",
            boxes=(difference.densest_at,) if difference.densest_at else (),
            measured=difference.densest,
            required=settings.allowed_density,
        )
    level = Level.ERROR if too_many or too_dense else Level.NOTE
    for alike in _alike(regions):
        yield _change(alike, Level.NOTE if alike[0].kind is Change.CARET else level)


def _alike(regions: Sequence[Region]) -> list[list[Region]]:
    """Each region by itself, save those that moved alike: they are one change."""
    found: list[list[Region]] = []
    moved: dict[tuple[int, int], list[Region]] = {}
    for region in regions:
        together = moved.get(region.moved_by) if region.moved_by else None
        if together is not None:
            together.append(region)
            continue
        found.append([region])
        if region.moved_by:
            moved[region.moved_by] = found[-1]
    return found


def _change(alike: Sequence[Region], level: Level) -> Finding:
    first, pixels = alike[0], sum(each.pixels for each in alike)
    moved = f" by {first.moved_by[0]}, {first.moved_by[1]} px" if first.moved_by else ""
    box = union(each.box for each in alike)
    places = f" in {len(alike)} places" if len(alike) > 1 else ""
    return Finding(
        Rule.CHANGED,
        level,
        f"{first.kind.value.capitalize()}{moved}: {_pixels(pixels)} changed{places} at {box.x}, {box.y}, "
        f"{box.width} × {box.height} px.",
        found=first.kind.value,
        boxes=tuple(each.box for each in alike),
        count=len(alike),
        measured=float(pixels),
        unit="px",
    )


def _pixels(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count:,} pixels"


def _excused(finding: Finding, exceptions: Sequence[AcceptedException], today: date) -> Finding:
    accepted = next((each for each in exceptions if each.covers(finding, today)), None)
    return replace(finding, accepted=accepted) if accepted else finding
