"""The interface of engines, our own engine, and the one that joins several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from config.secret_scan.finding import Candidate, Document
from config.secret_scan.rules import BARE, BARE_FILES, FORMATS, HINT, LOGGED, PAIRED, QUOTED, Rule

_WINDOW, _OVERLAP = 4096, 1024


class EngineError(Exception):
    """The engine could not look. Never to be taken for a clean result."""


class Engine(Protocol):
    """Looks at one text. EngineError when it could not."""

    @property
    def name(self) -> str: ...

    def scan(self, document: Document) -> list[Candidate]: ...


@dataclass(frozen=True, slots=True)
class RulesEngine:
    """Our own rules. Long lines are read in windows, so that the time stays in proportion to the length."""

    name: str = "rules"

    def scan(self, document: Document) -> list[Candidate]:
        rules = (*FORMATS, *QUOTED, *((*BARE, LOGGED) if BARE_FILES.search(document.name) else ()))
        found: dict[tuple[int, int], Candidate] = {}
        for number, offset, text in _windows(document.text):
            for rule in rules if HINT.search(text) else ():
                for candidate in _matches(rule, number, offset, text):
                    _keep(found, candidate)
        for candidate in _over_lines(document.text):
            _keep(found, candidate)
        return sorted(found.values(), key=lambda each: (each.line, each.column))


@dataclass(frozen=True, slots=True)
class JoinedEngine:
    """What any of several engines sees, each place once; the first engine's name for it stands."""

    engines: tuple[Engine, ...]

    @property
    def name(self) -> str:
        return "+".join(engine.name for engine in self.engines)

    def scan(self, document: Document) -> list[Candidate]:
        found: list[Candidate] = []
        for engine in self.engines:
            for candidate in engine.scan(document):
                if not any(_same_place(candidate, known) for known in found):
                    found.append(candidate)
        return sorted(found, key=lambda each: (each.line, each.column))


def _windows(text: str) -> Iterator[tuple[int, int, str]]:
    """Line number, offset in the line, and at most _WINDOW characters."""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        if len(line) <= _WINDOW:
            yield number, 0, line
            continue
        for offset in range(0, len(line), _WINDOW - _OVERLAP):
            yield number, offset, line[offset : offset + _WINDOW]


def _matches(rule: Rule, number: int, offset: int, text: str) -> Iterator[Candidate]:
    for match in rule.pattern.finditer(text):
        group: int | str = "s" if "s" in rule.pattern.groupindex else 0
        secret = match.group(group)
        if rule.accept(secret):
            yield Candidate(rule.name, number, offset + match.start(group) + 1, secret)


def _over_lines(text: str) -> Iterator[Candidate]:
    """What goes over several lines is looked for in the whole text: private keys, and a name above its value."""
    keys = next(rule for rule in FORMATS if rule.name == "private-key")
    for rule, hint in ((keys, "PRIVATE KEY"), (PAIRED, "value:")):
        for match in rule.pattern.finditer(text) if hint in text else ():
            secret = match["s"].strip()
            if rule.accept(secret):
                start = match.start("s") if rule is PAIRED else match.start()
                column = start - (text.rfind("\n", 0, start) + 1) + 1
                whole = secret if rule is PAIRED else match.group()
                yield Candidate(rule.name, text.count("\n", 0, start) + 1, column, whole)


def _keep(found: dict[tuple[int, int], Candidate], candidate: Candidate) -> None:
    """The first rule that sees a place names it; formats come before names."""
    if not any(_same_place(candidate, known) for known in found.values() if known.line == candidate.line):
        found[candidate.line, candidate.column] = candidate


def _same_place(one: Candidate, other: Candidate) -> bool:
    if one.line != other.line:
        return False
    return one.column < other.column + len(other.secret) and other.column < one.column + len(one.secret)


def context_of(line: str, secret: str) -> str:
    """The line without the secret and without blanks at its ends: what stays the same when lines move."""
    return re.sub(r"\s+", " ", line.replace(secret.split("\n")[0], "•")).strip()
