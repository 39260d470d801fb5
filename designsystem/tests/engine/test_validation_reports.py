"""SARIF, JUnit, text and the annotated picture: what GitHub, GitLab, Jenkins and people ask of them."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from designsystem.engine.comparison.finding import Level, Rule
from designsystem.engine.comparison.verdict import Settings, judge
from designsystem.engine.report.junit import render_junit
from designsystem.engine.report.overlay import MINIMUM_SIDE
from designsystem.engine.report.rules import RULES
from designsystem.engine.report.sarif import MOST_RESULTS, render_sarif
from designsystem.engine.report.validation_overlay import draw_validation
from designsystem.engine.report.validation_text import render_text
from designsystem.engine.rgba import PicturePair, on_white
from designsystem.tests.engine import sample_verdict as sample
from designsystem.tests.engine.conftest import Run


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    log = json.loads(render_sarif(sample.verdict(), sample.subject()))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (found,) = log["runs"]
    return dict(found)


def test_the_sample_has_a_finding_of_every_level() -> None:
    findings = sample.verdict().findings
    assert {each.level for each in findings} >= {Level.ERROR, Level.WARNING}
    assert any(each.accepted for each in findings)
    assert any(each.fails for each in findings)


def test_every_rule_has_its_words() -> None:
    assert set(RULES) == set(Rule)


@pytest.mark.parametrize("name", ["verdict", "undecided"])
def test_sarif_has_the_members_of_its_standard_and_no_others(name: str, run_node: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.sarif"
    log.write_text(render_sarif(getattr(sample, name)(), sample.subject()), encoding="utf-8")
    assert run_node("sarif.js", log) == ""
    wrong = tmp_path / "wrong.sarif"
    wrong.write_text(log.read_text(encoding="utf-8").replace('"executionSuccessful"', '"succeeded"'), encoding="utf-8")
    assert "succeeded" in run_node("sarif.js", wrong)


def test_sarif_places_are_listed_once(run: dict[str, Any]) -> None:
    for result in run["results"]:
        for attachment in result.get("attachments", ()):
            rectangles = [tuple(sorted(each.items())) for each in attachment["rectangles"]]
            assert len(set(rectangles)) == len(rectangles)


def test_sarif_rules_are_described_and_results_refer_to_them(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert [each["id"] for each in rules] == [rule.value for rule in RULES]
    for each in rules:
        assert each["shortDescription"]["text"]
        assert each["fullDescription"]["text"]
        assert each["help"]["text"]
        assert len(each["properties"]["tags"]) <= 10
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_results_have_what_github_and_gitlab_ask_for(run: dict[str, Any]) -> None:
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["region"]["startLine"] == 1
        uri = place["artifactLocation"]["uri"]
        assert uri == "screens/page.png"
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["loupe/v1"])


def test_sarif_fingerprints_are_stable_and_tell_results_apart(run: dict[str, Any]) -> None:
    again = json.loads(render_sarif(sample.verdict(), sample.subject()))["runs"][0]
    prints = [each["partialFingerprints"]["loupe/v1"] for each in run["results"]]
    assert prints == [each["partialFingerprints"]["loupe/v1"] for each in again["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_places_are_rectangles_and_stand_in_the_message(run: dict[str, Any]) -> None:
    placed = [each for each in run["results"] if "attachments" in each]
    assert placed
    for result in placed:
        (attachment,) = result["attachments"]
        x, y, width, height = result["properties"]["boxes"][0]
        assert attachment["rectangles"][0] == {"left": x, "top": y, "right": x + width, "bottom": y + height}
        assert f"[{x}, {y}, {width}, {height}]" in result["message"]["text"]


def test_sarif_tells_accepted_findings_as_suppressed(run: dict[str, Any]) -> None:
    suppressed = [each for each in run["results"] if "suppressions" in each]
    assert [each["suppressions"] for each in suppressed] == [
        [{"kind": "external", "justification": "The label <b>was</b> meant"}]
    ]


def test_sarif_of_what_could_not_be_judged_says_so() -> None:
    (invocation,) = json.loads(render_sarif(sample.undecided(), sample.subject()))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "corrupt" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_stays_within_the_limits() -> None:
    verdict = sample.verdict()
    many = replace(verdict, findings=verdict.findings * (1 + MOST_RESULTS // len(verdict.findings)))
    run = json.loads(render_sarif(many, sample.subject()))["runs"][0]
    assert len(run["results"]) == MOST_RESULTS
    assert run["properties"]["resultsLeftOut"] == len(many.findings) - MOST_RESULTS


def test_sarif_of_a_hostile_name_is_a_relative_reference() -> None:
    run = json.loads(render_sarif(sample.verdict(), sample.subject(sample.ATTACK)))["runs"][0]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert not uri.startswith("/")
    assert ".." not in uri.split("/")


@pytest.mark.parametrize("name", ["screens/page.png", sample.ATTACK])
def test_junit_counts_are_those_of_its_cases(name: str) -> None:
    root = ElementTree.fromstring(render_junit(sample.verdict(), sample.subject(name), 1.5, "out/o.png"))
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["tokens", "contrast", "baseline"]
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        cases = list(suite)
        counted = {
            "tests": len(cases),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        assert {key: int(suite.get(key) or -1) for key in counted} == counted
        assert all(case.get("classname") and case.get("name") and case.get("time") for case in cases)
        totals = {key: totals[key] + counted[key] for key in totals}
    assert {key: int(root.get(key) or -1) for key in totals} == totals
    assert totals["failures"] >= 2


def test_junit_names_hold_no_number_that_a_run_changes() -> None:
    root = ElementTree.fromstring(render_junit(sample.verdict(), sample.subject()))
    names = [case.get("name") for case in root.iter("testcase")]
    assert set(names) == {"could be judged", *(text.title for text in RULES.values())}


def test_junit_says_in_the_body_what_the_attribute_says_and_links_the_picture() -> None:
    root = ElementTree.fromstring(render_junit(sample.verdict(), sample.subject(), attachment="out/overlay.png"))
    failing = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert failing
    for case in failing:
        failure = case.find("failure")
        assert failure is not None
        assert failure.text
        message = failure.get("message") or ""
        assert message.endswith("findings") or message in failure.text
        assert "[[ATTACHMENT|out/overlay.png]]" in (case.findtext("system-out") or "")


def test_junit_tells_what_could_not_be_judged_from_what_was_not_asked_for() -> None:
    root = ElementTree.fromstring(render_junit(sample.undecided(), sample.subject()))
    states = {suite.get("name"): [child.tag for case in suite for child in case] for suite in root}
    assert states == {"tokens": ["skipped"], "contrast": ["skipped"], "baseline": ["error"]}


def test_text_tells_findings_with_their_answers_and_forges_no_line() -> None:
    text = render_text(sample.verdict(), sample.subject("page\n  error: forged.png"))
    assert text.splitlines()[0] == "page?  error: forged.png: failed"
    assert "nearest color." in text
    assert "accepted:" in text
    assert "expired exception for radius" in text


def test_even_a_single_changed_pixel_can_be_seen_in_the_annotated_picture() -> None:
    baseline, picture = sample.pair().baseline, sample.pair().picture
    data = draw_validation(on_white(picture), sample.verdict(), on_white(baseline))
    drawn = np.array(Image.open(io.BytesIO(data)))
    assert drawn.shape[1] == 400
    assert drawn.shape[0] > 300  # the crops stand below
    at = sample.SINGLE
    around = (drawn[:300] != on_white(picture)).any(axis=2)[at.y - 8 : at.y + 9, at.x - 8 : at.x + 9]
    assert around.sum() > 40
    assert (drawn[at.y, at.x] == on_white(picture)[at.y, at.x]).all()
    kept = np.flatnonzero((drawn[at.y] == on_white(picture)[at.y]).all(axis=1))
    inside = next(run for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1) if at.x in run)
    assert inside.size >= MINIMUM_SIDE


def test_a_picture_that_passes_is_drawn_as_it_is() -> None:
    same = judge(None, None, PicturePair(sample.blank(), sample.blank()), Settings(), sample.TODAY)
    drawn = np.array(Image.open(io.BytesIO(draw_validation(on_white(sample.blank()), same))))
    assert drawn.shape == (300, 400, 3)
    assert (drawn == 255).all()
