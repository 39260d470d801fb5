"""A verdict for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from designsystem.engine.comparison.conformance import Conformance
from designsystem.engine.comparison.finding import Finding
from designsystem.engine.comparison.verdict import Baseline, Verdict
from designsystem.engine.report.validation_json import Subject

_MOST_BOXES = 3


def render_text(verdict: Verdict, subject: Subject) -> str:
    return "\n".join(_printable(line) for line in _lines(verdict, subject)) + "\n"


def _lines(verdict: Verdict, subject: Subject) -> Iterator[str]:
    yield f"{subject.picture}: {verdict.outcome.value}"
    for undecided in verdict.undecided:
        yield f"  could not judge {undecided.check.value}: {undecided.detail} ({undecided.reason})"
    for finding in verdict.findings:
        yield from _finding(finding)
    for exception in verdict.expired:
        yield f"  expired exception for {exception.rule.value} since {exception.expires}: {exception.reason}"
    if verdict.conformance:
        yield from _conformance(verdict.conformance)
    if verdict.contrast:
        yield f"  contrast: {len(verdict.contrast.pairs)} pairs of ink and ground"
        if verdict.contrast.unread:
            yield f"  contrast: text on {len(verdict.contrast.unread)} pictures is not read; look at it"
    if verdict.baseline:
        yield _baseline(verdict.baseline)
    yield from (f"  note: {note}" for note in subject.notes)


def _finding(finding: Finding) -> Iterator[str]:
    mark = "accepted" if finding.accepted else finding.level.value
    yield f"  {mark}: {finding.message}"
    if finding.accepted:
        yield f"    until {finding.accepted.expires}: {finding.accepted.reason}"
    for label, answer in (("nearest", finding.nearest), ("then", finding.runner_up)):
        if answer:
            yield f"    {label} {', '.join(answer.tokens)}: {answer.value} ({answer.distance:g} away)"
    if finding.boxes:
        shown = "; ".join(f"{box.x},{box.y},{box.width},{box.height}" for box in finding.boxes[:_MOST_BOXES])
        more = f"; {finding.count} places in all" if finding.count > _MOST_BOXES else ""
        yield f"    at {shown}{more}"


def _conformance(found: Conformance) -> Iterator[str]:
    for group, each in found.coverage.items():
        area = f", {each.area / each.all_area:.1%} of their area" if each.all_area else ""
        share = each.elements / each.all_elements if each.all_elements else 1.0
        yield f"  {group}: {each.elements} of {each.all_elements} places are tokens ({share:.1%}){area}"
    if found.unjudged:
        yield f"  not judged, the token set has none: {', '.join(found.unjudged)}"
    if found.unused:
        yield f"  tokens not seen here: {', '.join(found.unused)}"
    for pair in found.near_pairs:
        yield f"  hard to tell apart: {pair.one} and {pair.other} (ΔE00 {pair.delta_e:g})"


def _baseline(found: Baseline) -> str:
    difference = found.difference
    masked = f", {difference.masked_pixels:,} masked" if difference.masked_pixels else ""
    return (
        f"  baseline: {difference.count:,} pixels changed ({difference.share:.4%}) in {len(found.regions)} regions, "
        f"{difference.below:,} below the tolerance, {difference.excused:,} by anti-aliasing, largest delta "
        f"{difference.largest_delta:.3f}{masked}"
    )


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line)
