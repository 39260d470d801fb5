"""Tells a value that is probably a secret from one that only stands where a secret could."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

_TEMPLATE = re.compile(
    r"\$\{|\$\(|\{\{|<%|%\(|^\$\w+$|^<[^>]*>$|^\{[^}]*\}$|\{[A-Za-z_][^{}]*\}|^%\w+%$|^\[[A-Z_ ]+\]$"
)
_PLACEHOLDER_WORDS = re.compile(
    r"example|sample|placeholder|change[-_ ]?(?:me|it)|replace|insert|your[-_]|^your|dummy|fake|redacted|^mock|foobar"
    r"|secret[-_]?here|key[-_]?here|token[-_]?here|^none$|^null$|^true$|^false$|undefined|to-?do\b|development-only"
    r"|not[-_ ]?a[-_ ]?secret|x{4,}|\*{3,}|\.{3}|…|1234567890|abcdefgh|made[-_ ]?up|hidden-",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(
    r"^[A-Za-z_][\w.]*(?:\(.*\)?|\[.*\]?)$|^(?:[A-Za-z_]+\.)+[A-Za-z_]+$|^https?://[^@]*$|^/[\w./-]+$"
)
_SNAKE_PATH = re.compile(r"^[a-z_]+(?:[./:][a-z_]+)+$")
_PATTERN = re.compile(r"\(\?[:=!P<]|\[\^?[A-Za-z0-9]-[A-Za-z0-9]|\\[dwsb]")
_RESOURCE = re.compile(r"^arn:aws|^projects/")
# words with at most a short number each, joined: X-Api-Key-Version-2, ctrl+shift+F12, accounts.User2FA
_CHUNKS = re.compile(r"^[A-Za-z]+(?:\d[A-Za-z]*)?(?:[-_ .:/+]+(?:[A-Za-z]+(?:\d[A-Za-z]*|\d{2,3})?|\d{1,3}))+$")
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z]+\d?)+$")
_FIELD_NAME = re.compile(r"^[a-z_]*(?:password|passwd|pass|token|secret|key)_?\d?$")
_UUID = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
# no repeat inside a repeat that could match the same letters: the time would explode
_WORDS = re.compile(
    r"^[a-z]+(?:[-_.: ][a-z]+)*[-_.: ]?$|^[A-Z]+(?:[-_ ][A-Z]+)*[-_ ]?$|^[a-z]+(?:[A-Z][a-z]+)+$|^(?:[A-Z][a-z]+ ?)+$"
)
_DATE = re.compile(r"^\d{4}-\d\d-\d\d")
_REFERENCES = (_EXPRESSION, _UUID, _DATE, _PATTERN, _FIELD_NAME, _SNAKE_PATH, _RESOURCE, _CONSTANT)


def is_placeholder(value: str) -> bool:
    """Whether the value is a template's gap, a word that stands for a secret, or one character again and again."""
    return bool(len(set(value)) <= 2 or _TEMPLATE.search(value) or _PLACEHOLDER_WORDS.search(value) or _is_run(value))


def is_reference(value: str) -> bool:
    """Whether the value names something rather than being it: code, a path, an address, an id, a date, a pattern."""
    return any(shape.search(value) for shape in _REFERENCES)


def is_random_token(value: str) -> bool:
    """At least 16 characters without blanks that no language has: high entropy, letters beside digits."""
    if len(value) < 16 or re.search(r"\s", value) or _CHUNKS.match(value):
        return False
    classes = sum(bool(re.search(pattern, value)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[^\w]"))
    return classes >= 2 and bool(re.search(r"\d", value) or classes >= 3) and entropy(value) >= 3.0


def is_password(value: str) -> bool:
    """Six characters or more that mix letters with digits or signs, no blanks; words alone are labels and names."""
    if not 6 <= len(value) <= 128 or _WORDS.match(value) or re.search(r"\s", value):
        return False
    if value.islower() and len(re.findall(r"[-_.:/]", value)) >= 2 and _CHUNKS.match(value):
        return False
    letters = bool(re.search(r"[A-Za-z]", value))
    return letters and bool(re.search(r"\d", value) or re.search(r"[!@#$%^&*?+~=|]", value))


def entropy(value: str) -> float:
    """Shannon entropy of the characters, in bits."""
    return sum(count / len(value) * math.log2(len(value) / count) for count in Counter(value).values())


def _is_run(value: str) -> bool:
    """Whether most characters follow the one before, as in an alphabet or 123456."""
    steps = [ord(after) - ord(before) for before, after in pairwise(value)]
    return len(steps) >= 5 and sum(step == 1 for step in steps) >= 0.8 * len(steps)
