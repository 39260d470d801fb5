"""Findings that a team has looked at and keeps, without line numbers and without anything to guess a secret from.

An entry is known by file, rule and the line around the secret. Of the secret it holds 8 bits of a slow, salted hash:
enough to notice that another one stands there (255 of 256 times), too little to try passwords against.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from config.secret_scan.finding import Finding

_VERSION = 1


class BaselineError(Exception):
    """The baseline cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`count` findings that look alike in one file."""

    path: str
    rule: str
    place: str
    check: str


@dataclass(frozen=True, slots=True)
class Baseline:
    nonce: str
    entries: Counter[Entry]

    def entry(self, finding: Finding) -> Entry:
        place = hashlib.sha256(f"{self.nonce}\0{finding.context}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        secret = finding.candidate.secret.encode("utf-8", "surrogateescape")
        check = hashlib.scrypt(secret, salt=bytes.fromhex(self.nonce), n=2**12, r=8, p=1, dklen=1).hex()
        return Entry(finding.document.name, finding.candidate.rule, place, check)

    def unknown(self, findings: list[Finding]) -> list[Finding]:
        """Findings that the baseline does not hold; the third of a kind that it holds twice is one. Contents of the
        history come many times over, so there an entry counts for all of them."""
        left = self.entries.copy()
        new = []
        for finding in findings:
            entry = self.entry(finding)
            if left[entry] <= 0:
                new.append(finding)
            elif finding.document.kind == "file":
                left[entry] -= 1
        return new


def empty_baseline() -> Baseline:
    return Baseline(secrets.token_hex(16), Counter())


def read_baseline(path: Path) -> Baseline:
    """BaselineError when the file is there but is not one; an absent file is an empty baseline."""
    if not path.exists():
        return empty_baseline()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise BaselineError(f"{path}: version {_VERSION} is read here")
        bytes.fromhex(content["nonce"])
        entries = Counter(
            {Entry(row["path"], row["rule"], row["place"], row["check"]): int(row["count"]) for row in content["kept"]}
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise BaselineError(f"{path}: this is not a baseline of detect_secrets") from None
    return Baseline(content["nonce"], entries)


def written(baseline: Baseline, findings: list[Finding]) -> str:
    """The text of a baseline that holds exactly these findings, in a stable order."""
    counted = Counter(baseline.entry(finding) for finding in findings)
    rows = [
        {"path": entry.path, "rule": entry.rule, "place": entry.place, "check": entry.check, "count": count}
        for entry, count in sorted(counted.items(), key=lambda item: (item[0].path, item[0].rule, item[0].place))
    ]
    return json.dumps({"version": _VERSION, "nonce": baseline.nonce, "kept": rows}, indent=1) + "\n"
