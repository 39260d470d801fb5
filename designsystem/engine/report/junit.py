"""A verdict as JUnit XML in the shape that Jenkins, GitLab and their like read: a suite a check, a case a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from designsystem.engine.comparison.finding import Finding, Rule
from designsystem.engine.comparison.verdict import Check, Verdict
from designsystem.engine.report.rules import RULES
from designsystem.engine.report.validation_json import Subject

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_ANSWERED = "could be judged"


def render_junit(verdict: Verdict, subject: Subject, seconds: float = 0.0, attachment: str | None = None) -> str:
    """`failure`: a limit is exceeded; `error`: a check could not be made; `skipped`: it was not asked for.

    Names of suites and cases hold neither numbers nor dates, so that a history stays one. `attachment` is the path of
    the annotated picture, which GitLab shows beside a failure.
    """
    suites = [_Suite(check, verdict, subject, attachment) for check in Check]
    totals = [sum(values) for values in zip(*(suite.counts for suite in suites), strict=True)]
    time = f'time="{seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {_counts(totals)} {time}>"]
    for suite in suites:
        lines += suite.lines(time if suite.check is Check.TOKENS else 'time="0.000"')
    return "\n".join([*lines, "</testsuites>"]) + "\n"


class _Suite:
    """One check: a case that says whether it could be made, then one a rule."""

    def __init__(self, check: Check, verdict: Verdict, subject: Subject, attachment: str | None) -> None:
        self.check = check
        self.subject = subject
        self.attachment = attachment
        self.undecided = [each for each in verdict.undecided if each.check is check]
        made = {
            Check.TOKENS: verdict.conformance,
            Check.CONTRAST: verdict.contrast,
            Check.BASELINE: verdict.baseline,
        }
        self.made = made[check] is not None
        self.findings = [each for each in verdict.findings if RULES[each.rule].check is check]

    @property
    def rules(self) -> list[Rule]:
        return [rule for rule, text in RULES.items() if text.check is self.check] if self.made else []

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Tests, failures, errors, skipped."""
        failed = {each.rule for each in self.findings if each.fails}
        skipped = 0 if self.made or self.undecided else 1
        return len(self.rules) + 1, len(failed), 1 if self.undecided else 0, skipped

    def lines(self, time: str) -> Iterator[str]:
        name = _attribute(f"{self.check.value}")
        yield f"  <testsuite name={name} {_counts(self.counts)} {time}>"
        yield from self._answered()
        for rule in self.rules:
            yield from self._case(rule)
        yield "  </testsuite>"

    def _answered(self) -> Iterator[str]:
        opening = f'    <testcase name={_attribute(_ANSWERED)} classname={self._class} time="0.000"'
        if self.undecided:
            reason = self.undecided[0]
            yield f"{opening}><error message={_attribute(reason.detail)} type={_attribute(reason.reason)}>"
            yield f"{_text(reason.detail)}</error></testcase>"
        elif not self.made:
            yield f'{opening}><skipped message="not asked for"/></testcase>'
        else:
            yield f"{opening}/>"

    def _case(self, rule: Rule) -> Iterator[str]:
        found = [each for each in self.findings if each.rule is rule]
        failing = [each for each in found if each.fails]
        opening = f'    <testcase name={_attribute(RULES[rule].title)} classname={self._class} time="0.000"'
        if not found:
            yield f"{opening}/>"
            return
        yield f"{opening}>"
        if failing:
            told = "\n".join(map(_told, failing))
            message = failing[0].message if len(failing) == 1 else f"{len(failing)} findings"
            yield f"      <failure message={_attribute(message)} type={_attribute(rule.value)}>{_text(told)}</failure>"
        rest = [f"{each.level.value}: {_told(each)}" for each in found if not each.fails]
        shown = [f"[[ATTACHMENT|{self.attachment}]]"] if failing and self.attachment else []
        if rest or shown:
            yield f"      <system-out>{_text(chr(10).join([*rest, *shown]))}</system-out>"
        yield "    </testcase>"

    @property
    def _class(self) -> str:
        return _attribute(f"{self.check.value}.{self.subject.picture}")


def _told(finding: Finding) -> str:
    boxes = "; ".join(f"{box.x},{box.y},{box.width},{box.height}" for box in finding.boxes[:5])
    accepted = f" (accepted until {finding.accepted.expires}: {finding.accepted.reason})" if finding.accepted else ""
    return f"{finding.message}{f' At {boxes}.' if boxes else ''}{accepted}"


def _counts(counts: tuple[int, ...] | list[int]) -> str:
    tests, failures, errors, skipped = counts
    return f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("\ufffd", text))
