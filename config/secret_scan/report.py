"""Findings as text, JSON and SARIF 2.1.0. Secrets are always masked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from config.secret_scan.finding import Finding
from config.secret_scan.sources import Skipped

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(findings: Sequence[Finding], skipped: Skipped, looked_at: int, engine: str) -> str:
    lines = [_line(each) for each in findings]
    left_out = f"{skipped.binary} binary, {skipped.link} links, {skipped.special} special"
    lines.append(f"{len(findings)} findings in {looked_at} texts by {engine}; left out: {left_out}.")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding], skipped: Skipped, looked_at: int, engine: str) -> str:
    rows = [
        {
            "path": _shown(each.document.name),
            "kind": each.document.kind,
            "line": each.candidate.line,
            "column": each.candidate.column,
            "rule": each.candidate.rule,
            "masked": each.masked,
            "note": each.note,
        }
        for each in findings
    ]
    counts = {
        "binary": skipped.binary,
        "link": skipped.link,
        "special": skipped.special,
        "too_large": [_shown(name) for name in skipped.too_large],
    }
    content = {"engine": engine, "texts": looked_at, "skipped": counts, "findings": rows}
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_sarif(findings: Sequence[Finding], engine: str) -> str:
    """One run; `partialFingerprints` stay the same when lines move, and hold nothing of the secret."""
    rules = sorted({each.candidate.rule for each in findings})
    run = {
        "tool": {
            "driver": {
                "name": f"detect_secrets ({engine})",
                "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
            }
        },
        "results": [_result(each, rules) for each in findings],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _line(finding: Finding) -> str:
    document, candidate = finding.document, finding.candidate
    place = f"{_shown(document.name)}:{candidate.line}:{candidate.column}"
    kind = f" [{document.kind}]" if document.kind != "file" else ""
    note = f" ({finding.note})" if finding.note else ""
    return f"{place}: {candidate.rule}: {finding.masked}{kind}{note}"


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    candidate = finding.candidate
    fingerprint = hashlib.sha256(
        f"{finding.document.name}\0{candidate.rule}\0{finding.context}".encode("utf-8", "surrogateescape")
    ).hexdigest()[:32]
    note = f" ({finding.note})" if finding.note else ""
    return {
        "ruleId": candidate.rule,
        "ruleIndex": rules.index(candidate.rule),
        "level": "error",
        "message": {"text": f"A secret: {finding.masked}{note}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(_shown(finding.document.name))},
                    "region": {"startLine": candidate.line, "startColumn": candidate.column},
                }
            }
        ],
        "partialFingerprints": {"context/v1": fingerprint},
    }


def _shown(name: str) -> str:
    """A file's name may hold bytes that are no text, and control characters that would play with a terminal."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "�" for letter in text)
