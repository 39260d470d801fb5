"""A verdict as JSON: every number, box and setting, for programs. Boxes are [x, y, width, height] in device pixels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from designsystem.engine.comparison.conformance import Conformance
from designsystem.engine.comparison.contrast import Contrast, floored
from designsystem.engine.comparison.finding import AcceptedException, Answer, Finding
from designsystem.engine.comparison.verdict import Baseline, Settings, Verdict
from designsystem.engine.geometry import Box


@dataclass(frozen=True, slots=True)
class Subject:
    """What was judged, by the names that people gave: `picture` is a path in the repository for code scanning.

    Sizes are device px; `pixel_ratio` is None where only pictures were compared.
    """

    picture: str
    sha256: str
    width: int
    height: int
    pixel_ratio: float | None = None
    pixel_ratio_given: bool = False
    tokens: str | None = None
    baseline: str | None = None
    notes: tuple[str, ...] = ()


def as_document(verdict: Verdict, subject: Subject) -> dict[str, Any]:
    """Nothing but JSON types; the same verdict gives the same document."""
    return {
        "outcome": verdict.outcome.value,
        "subject": {**asdict(subject), "notes": list(subject.notes)},
        "findings": [finding_as_json(each) for each in verdict.findings],
        "undecided": [
            {"check": each.check.value, "reason": each.reason, "detail": each.detail} for each in verdict.undecided
        ],
        "tokens": _conformance(verdict.conformance) if verdict.conformance else None,
        "contrast": _contrast(verdict.contrast) if verdict.contrast else None,
        "baseline": _baseline(verdict.baseline) if verdict.baseline else None,
        "expired_exceptions": [_exception(each) for each in verdict.expired],
        "settings": settings_as_json(verdict.settings),
    }


def render_json(verdict: Verdict, subject: Subject) -> str:
    return json.dumps(as_document(verdict, subject), indent=2, ensure_ascii=False) + "\n"


def finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.value,
        "level": finding.level.value,
        "fails": finding.fails,
        "message": finding.message,
        "found": finding.found,
        "distance": finding.distance,
        "unit": finding.unit,
        "measured": finding.measured,
        "required": finding.required,
        "nearest": _answer(finding.nearest),
        "runner_up": _answer(finding.runner_up),
        "confidence": finding.confidence,
        "count": finding.count,
        "boxes": [box_as_json(box) for box in finding.boxes],
        "accepted": _exception(finding.accepted) if finding.accepted else None,
    }


def box_as_json(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """The settings in effect, defaults included."""
    difference = asdict(settings.difference)
    difference["masks"] = [box_as_json(mask) for mask in settings.difference.masks]
    return {
        "tokens": asdict(settings.tokens),
        "contrast": asdict(settings.contrast) if settings.contrast else None,
        "baseline": _plain(difference),
        "exceptions": [_exception(each) for each in settings.exceptions],
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    return {"tokens": list(answer.tokens), "value": answer.value, "distance": answer.distance} if answer else None


def _exception(each: AcceptedException) -> dict[str, Any]:
    return {
        "rule": each.rule.value,
        "found": each.found,
        "box": box_as_json(each.box) if each.box else None,
        "reason": each.reason,
        "expires": each.expires.isoformat(),
    }


def _conformance(found: Conformance) -> dict[str, Any]:
    return {
        "coverage": {group: asdict(each) for group, each in found.coverage.items()},
        "unused": list(found.unused),
        "near_pairs": [asdict(pair) for pair in found.near_pairs],
        "unjudged": list(found.unjudged),
    }


def _contrast(found: Contrast) -> dict[str, Any]:
    return {
        "pairs": [
            {
                "ink": pair.ink.hex,
                "ground": pair.ground.hex,
                "ratio": floored(pair.ratio),
                "best": floored(pair.best),
                "size": pair.size,
                "bold": pair.bold,
                "large": pair.large,
                "exact": pair.exact,
                "uneven": pair.uneven,
                "apca": pair.apca,
                "boxes": [box_as_json(box) for box in pair.boxes],
            }
            for pair in found.pairs
        ],
        "unread": [box_as_json(box) for box in found.unread],
    }


def _baseline(found: Baseline) -> dict[str, Any]:
    difference = found.difference
    return {
        "changed_pixels": difference.count,
        "changed_share": difference.share,
        "below_tolerance": difference.below,
        "excused_antialiasing": difference.excused,
        "outside": difference.outside,
        "compared": difference.compared,
        "largest_delta": difference.largest_delta,
        "densest": difference.densest,
        "densest_at": box_as_json(difference.densest_at) if difference.densest_at else None,
        "masks": [box_as_json(mask) for mask in difference.masked],
        "masked_pixels": difference.masked_pixels,
        "regions": [
            {
                "box": box_as_json(region.box),
                "pixels": region.pixels,
                "kind": region.kind.value,
                "moved_by": list(region.moved_by) if region.moved_by else None,
            }
            for region in found.regions
        ],
    }
