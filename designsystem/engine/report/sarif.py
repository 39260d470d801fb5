"""A verdict as SARIF 2.1.0 (OASIS), inside the limits of GitHub code scanning and of GitLab."""

from __future__ import annotations

import hashlib
import json
import string
from typing import Any

from designsystem.engine.comparison.finding import Finding
from designsystem.engine.comparison.verdict import Outcome, Verdict
from designsystem.engine.geometry import Box
from designsystem.engine.report.rules import RULES
from designsystem.engine.report.validation_json import Subject, box_as_json, finding_as_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 5_000  # GitHub shows no more of a run
MOST_RECTANGLES = 100
_PLAIN = frozenset((string.ascii_letters + string.digits + "-._~/").encode())  # unreserved (RFC 3986 2.3), and slashes
_GRID = 64  # px: the same finding a little further on keeps its fingerprint


def render_sarif(verdict: Verdict, subject: Subject) -> str:
    """One run. Each result has a rule and a physical location, without which GitLab drops it; places are rectangles of
    an attachment, and again in the message and the properties, as few viewers draw them."""
    shown = verdict.findings[:MOST_RESULTS]
    order = list(RULES)
    run = {
        "tool": {
            "driver": {
                "name": "Loupe",
                "rules": [
                    {
                        "id": rule.value,
                        "shortDescription": {"text": text.title},
                        "fullDescription": {"text": f"{text.title}."},
                        "help": {"text": text.help},
                        "properties": {"tags": ["design-system", text.check.value]},
                    }
                    for rule, text in RULES.items()
                ],
            }
        },
        "invocations": [
            {
                "executionSuccessful": verdict.outcome is not Outcome.UNDECIDED and not verdict.undecided,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": f"{each.check}: {each.detail} ({each.reason})"}}
                    for each in verdict.undecided
                ],
            }
        ],
        "results": [_result(each, order.index(each.rule), subject) for each in shown],
        "properties": {"outcome": verdict.outcome.value, "resultsLeftOut": len(verdict.findings) - len(shown)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, index: int, subject: Subject) -> dict[str, Any]:
    uri = artifact_uri(subject.picture)
    artifact = {"uri": uri}
    result: dict[str, Any] = {
        "ruleId": finding.rule.value,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": finding.message + _places(finding)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}}}],
        "partialFingerprints": {"loupe/v1": fingerprint(finding, subject)},
        "properties": finding_as_json(finding),
    }
    if finding.boxes:
        rectangles = [_rectangle(box) for box in finding.boxes[:MOST_RECTANGLES]]
        result["attachments"] = [
            {"artifactLocation": artifact, "description": {"text": "Where it is"}, "rectangles": rectangles}
        ]
    if finding.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.accepted.reason}]
    return result


def artifact_uri(name: str) -> str:
    """A relative reference of the picture's name: never absolute, never above the repository."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    encoded = "/".join(parts).encode("utf-8", "replace")
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in encoded) or "picture"


def fingerprint(finding: Finding, subject: Subject) -> str:
    """From rule, picture, value, token and a coarse place, so that a run later tells the same finding from a new."""
    place = [finding.boxes[0].x // _GRID, finding.boxes[0].y // _GRID] if finding.boxes else []
    token = finding.nearest.tokens[0] if finding.nearest else ""
    value = "" if finding.measured is not None and not finding.nearest and not finding.boxes else finding.found
    parts = [finding.rule.value, artifact_uri(subject.picture), value, token, place]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _places(finding: Finding) -> str:
    if not finding.boxes:
        return ""
    more = f" and {finding.count - 1} more places" if finding.count > 1 else ""
    return f" At x, y, width, height {box_as_json(finding.boxes[0])}{more}."


def _rectangle(box: Box) -> dict[str, float]:
    return {"top": box.y, "left": box.x, "bottom": box.bottom, "right": box.right}
