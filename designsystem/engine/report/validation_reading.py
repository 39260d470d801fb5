"""A verdict back from its JSON document, so that stored results give their reports without judging anew."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from designsystem.engine.comparison.changed_regions import Change, Region
from designsystem.engine.comparison.conformance import Conformance, Coverage, NearPair
from designsystem.engine.comparison.contrast import Contrast, TextPair
from designsystem.engine.comparison.difference import Difference
from designsystem.engine.comparison.exception_file import read_exceptions
from designsystem.engine.comparison.finding import AcceptedException, Answer, Finding, Level, Rule
from designsystem.engine.comparison.settings_reading import read_settings
from designsystem.engine.comparison.verdict import Baseline, Check, Outcome, Undecided, Verdict
from designsystem.engine.geometry import Box
from designsystem.engine.report.validation_json import Subject
from designsystem.engine.values import Colour


def from_document(document: dict[str, Any]) -> tuple[Verdict, Subject]:
    """What `as_document` wrote, as it was; only the places of changed pixels are not kept, and missing here."""
    findings = tuple(_finding(each) for each in document["findings"])
    verdict = Verdict(
        outcome=Outcome(document["outcome"]),
        findings=findings,
        undecided=tuple(
            Undecided(Check(each["check"]), each["reason"], each["detail"]) for each in document["undecided"]
        ),
        conformance=_conformance(document["tokens"], findings) if document["tokens"] else None,
        contrast=_contrast(document["contrast"]) if document["contrast"] else None,
        baseline=_baseline(document["baseline"]) if document["baseline"] else None,
        expired=read_exceptions({"exceptions": document["expired_exceptions"]}),
        settings=read_settings(document["settings"]),
    )
    subject = document["subject"]
    return verdict, Subject(**{**subject, "notes": tuple(subject["notes"])})


def _finding(each: dict[str, Any]) -> Finding:
    return Finding(
        rule=Rule(each["rule"]),
        level=Level(each["level"]),
        message=each["message"],
        found=each["found"],
        boxes=_boxes(each["boxes"]),
        count=each["count"],
        distance=each["distance"],
        unit=each["unit"],
        measured=each["measured"],
        required=each["required"],
        nearest=_answer(each["nearest"]),
        runner_up=_answer(each["runner_up"]),
        confidence=each["confidence"],
        accepted=_exception(each["accepted"]),
    )


def _answer(each: dict[str, Any] | None) -> Answer | None:
    return Answer(tuple(each["tokens"]), each["value"], each["distance"]) if each else None


def _exception(each: dict[str, Any] | None) -> AcceptedException | None:
    if each is None:
        return None
    box = Box(*each["box"]) if each["box"] else None
    return AcceptedException(
        Rule(each["rule"]), each["reason"], date.fromisoformat(each["expires"]), each["found"], box
    )


def _boxes(each: list[list[int]]) -> tuple[Box, ...]:
    return tuple(Box(*box) for box in each)


def _conformance(each: dict[str, Any], findings: tuple[Finding, ...]) -> Conformance:
    return Conformance(
        findings=findings,
        coverage={group: Coverage(**coverage) for group, coverage in each["coverage"].items()},
        unused=tuple(each["unused"]),
        near_pairs=tuple(NearPair(**pair) for pair in each["near_pairs"]),
        unjudged=tuple(each["unjudged"]),
    )


def _contrast(each: dict[str, Any]) -> Contrast:
    pairs = (
        TextPair(
            **{
                **pair,
                "ink": Colour.from_hex(pair["ink"]),
                "ground": Colour.from_hex(pair["ground"]),
                "boxes": _boxes(pair["boxes"]),
            }
        )
        for pair in each["pairs"]
    )
    return Contrast(tuple(pairs), (), _boxes(each["unread"]))


def _baseline(each: dict[str, Any]) -> Baseline:
    difference = Difference(
        changed=np.zeros((0, 2), np.intp),
        count=each["changed_pixels"],
        below=each["below_tolerance"],
        excused=each["excused_antialiasing"],
        outside=each["outside"],
        compared=each["compared"],
        largest_delta=each["largest_delta"],
        densest=each["densest"],
        densest_at=Box(*each["densest_at"]) if each["densest_at"] else None,
        masked=_boxes(each["masks"]),
        masked_pixels=each["masked_pixels"],
    )
    regions = tuple(
        Region(
            Box(*region["box"]),
            region["pixels"],
            Change(region["kind"]),
            tuple(region["moved_by"]) if region["moved_by"] else None,
        )
        for region in each["regions"]
    )
    return Baseline(difference, regions, ())
