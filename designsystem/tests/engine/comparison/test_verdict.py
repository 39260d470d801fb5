"""One verdict out of three checks, with its exceptions and the settings that were in effect."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from designsystem.engine.comparison.difference import DifferenceSettings, Metric, SizePolicy
from designsystem.engine.comparison.exception_file import ExceptionFileError, read_exceptions
from designsystem.engine.comparison.finding import AcceptedException, Level, Rule
from designsystem.engine.comparison.verdict import Check, Outcome, Settings, Undecided, Verdict, judge
from designsystem.engine.extract import Extraction, extract
from designsystem.engine.geometry import Box
from designsystem.engine.report.validation_json import Subject, as_document
from designsystem.engine.rgba import PicturePair, Rgba
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Spacing
from designsystem.tests import pictures

TODAY = date(2026, 6, 1)
SUBJECT = Subject("page.png", "0" * 64, 40, 30)


@pytest.fixture(scope="module")
def measured() -> Extraction:
    return extract(pictures.page(), pixel_ratio=1.0)


def blank() -> Rgba:
    return np.full((30, 40, 4), 255, np.uint8)


def changed() -> Rgba:
    """Black where x and y are from 5 to 8."""
    picture = blank()
    picture[5:9, 5:9, :3] = 0
    return picture


def compared(one: Rgba, other: Rgba, settings: DifferenceSettings | None = None, **more: Any) -> Verdict:
    return judge(
        None, None, PicturePair(one, other), Settings(difference=settings or DifferenceSettings(), **more), TODAY
    )


def test_all_three_checks_stand_in_one_result(measured: Extraction) -> None:
    tokens = replace(measured.token_set, tokens=tuple(each for each in measured.token_set if each.path[0] != "spacing"))
    verdict = judge(measured, tokens, PicturePair(blank(), changed()), Settings(), TODAY)
    assert verdict.conformance is not None
    assert "spacing" in verdict.conformance.unjudged
    assert verdict.contrast is not None
    assert verdict.baseline is not None
    assert verdict.outcome is Outcome.FAILED
    assert [each.rule for each in verdict.findings if each.fails] == [Rule.TOO_MANY_CHANGED, Rule.CHANGED]


def test_a_page_passes_against_itself(measured: Extraction) -> None:
    verdict = judge(measured, measured.token_set, PicturePair(blank(), blank()), Settings(), TODAY)
    assert verdict.outcome is Outcome.PASSED
    assert not [each for each in verdict.findings if each.fails]


def test_the_share_that_may_change_is_exact() -> None:
    share = 16 / (30 * 40)
    assert compared(blank(), changed(), DifferenceSettings(allowed_share=share)).outcome is Outcome.PASSED
    below = DifferenceSettings(allowed_share=float(np.nextafter(share, 0)))
    assert compared(blank(), changed(), below).outcome is Outcome.FAILED


def test_a_region_is_told_even_where_its_amount_is_allowed() -> None:
    verdict = compared(blank(), changed(), DifferenceSettings(allowed_share=0.5))
    assert [(each.rule, each.level, each.boxes) for each in verdict.findings] == [
        (Rule.CHANGED, Level.NOTE, (Box(5, 5, 4, 4),))
    ]


def test_the_limit_that_decided_is_named_when_both_are_given() -> None:
    dense = DifferenceSettings(allowed_share=0.5, allowed_density=0.01, window=8)
    assert compared(blank(), changed(), dense).findings[0].rule is Rule.TOO_DENSE
    many = DifferenceSettings(allowed_share=0.001, allowed_density=1.0, window=8)
    assert compared(blank(), changed(), many).findings[0].rule is Rule.TOO_MANY_CHANGED


def test_sizes_that_differ_are_their_own_reason_and_no_difference() -> None:
    verdict = compared(blank(), np.full((31, 40, 4), 255, np.uint8))
    assert verdict.outcome is Outcome.UNDECIDED
    assert [(each.check, each.reason) for each in verdict.undecided] == [(Check.BASELINE, "sizes_differ")]
    assert verdict.findings == ()


def test_by_the_other_policy_a_strip_that_only_one_has_is_counted() -> None:
    verdict = compared(blank(), np.full((31, 40, 4), 255, np.uint8), DifferenceSettings(sizes=SizePolicy.OVERLAP))
    assert verdict.outcome is Outcome.FAILED
    assert "40 of them only one picture has" in verdict.findings[0].message


def test_a_check_that_fails_outweighs_one_that_cannot_be_made(measured: Extraction) -> None:
    tokens = TokenSet(
        tuple(
            replace(each, value=Spacing(each.value.px + 3)) if isinstance(each.value, Spacing) else each
            for each in measured.token_set
        ),
        measured.token_set.source,
    )
    lost = [Undecided(Check.BASELINE, "corrupt", "The picture is damaged.")]
    sure = Settings(tokens=replace(Settings().tokens, least_confidence=0))
    assert judge(measured, tokens, None, sure, TODAY, lost).outcome is Outcome.FAILED
    assert judge(measured, measured.token_set, None, sure, TODAY, lost).outcome is Outcome.UNDECIDED


def test_an_accepted_exception_excuses_until_its_last_day() -> None:
    settings = DifferenceSettings(allowed_density=0.0, allowed_share=1.0)
    accepted = tuple(AcceptedException(rule, "Banner of this week", TODAY) for rule in (Rule.TOO_DENSE, Rule.CHANGED))
    verdict = compared(blank(), changed(), settings, exceptions=accepted)
    assert verdict.outcome is Outcome.PASSED
    assert all(each.accepted is not None for each in verdict.findings)
    later = judge(
        None,
        None,
        PicturePair(blank(), changed()),
        Settings(difference=settings, exceptions=accepted),
        date(2026, 6, 2),
    )
    assert later.outcome is Outcome.FAILED
    assert later.expired == accepted


def test_an_exception_holds_for_its_value_and_its_place_alone() -> None:
    finding = compared(blank(), changed()).findings[-1]
    assert finding.rule is Rule.CHANGED
    base = AcceptedException(Rule.CHANGED, "ok", TODAY)
    assert base.covers(finding, TODAY)
    assert not replace(base, found="moved").covers(finding, TODAY)
    assert not replace(base, rule=Rule.SPACING).covers(finding, TODAY)
    assert replace(base, box=Box(0, 0, 20, 20)).covers(finding, TODAY)
    assert not replace(base, box=Box(6, 0, 20, 20)).covers(finding, TODAY)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"rule": "spacing", "expires": "2026-07-01"}, "reason"),
        ({"rule": "spacing", "expires": "2026-07-01", "reason": "  "}, "reason"),
        ({"rule": "nothing", "expires": "2026-07-01", "reason": "x"}, "rule must be one of"),
        ({"rule": "spacing", "expires": "soon", "reason": "x"}, "YYYY-MM-DD"),
        ({"rule": "spacing", "reason": "x"}, "YYYY-MM-DD"),
        ({"rule": "spacing", "expires": "2026-07-01", "reason": "x", "box": [1, 2, 3]}, "box"),
        ({"rule": "spacing", "expires": "2026-07-01", "reason": "x", "box": [1, 2, True, 4]}, "box"),
        ({"rule": "spacing", "expires": "2026-07-01", "reason": "x", "fuond": "9px"}, "unknown member 'fuond'"),
        ("spacing", "object"),
    ],
)
def test_an_exception_without_its_parts_is_refused_by_place(entry: Any, says: str) -> None:
    good = {"rule": "spacing", "expires": "2026-07-01", "reason": "x"}
    with pytest.raises(ExceptionFileError, match=says) as caught:
        read_exceptions({"exceptions": [good, entry]})
    assert str(caught.value).startswith("exceptions/1")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"exceptions": {}}', "[" * 100_000])
def test_what_is_no_list_of_exceptions_is_refused(text: str) -> None:
    with pytest.raises(ExceptionFileError):
        read_exceptions(text)


def test_the_settings_in_effect_are_echoed_also_where_they_are_zero_or_off() -> None:
    given = DifferenceSettings(
        Metric.CIEDE2000, 0.0, 0.0, 0.0, 5, ignore_antialiasing=False, ignore_caret=True, masks=(Box(0, 0, 4, 4),)
    )
    document = as_document(compared(blank(), blank(), given), SUBJECT)
    assert json.loads(json.dumps(document))["settings"]["baseline"] == {
        "metric": "ciede2000",
        "pixel_tolerance": 0.0,
        "allowed_share": 0.0,
        "allowed_density": 0.0,
        "window": 5,
        "ignore_antialiasing": False,
        "ignore_caret": True,
        "sizes": "fail",
        "masks": [[0, 0, 4, 4]],
    }
    assert document["baseline"]["masked_pixels"] == 16


def test_the_document_is_the_same_each_time_and_plain_json(measured: Extraction) -> None:
    def document() -> str:
        verdict = judge(measured, measured.token_set, PicturePair(blank(), changed()), Settings(), TODAY)
        return json.dumps(as_document(verdict, SUBJECT), allow_nan=False)

    assert document() == document()
    assert json.loads(document())["findings"][0]["boxes"] == []
