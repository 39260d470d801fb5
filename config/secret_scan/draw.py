"""Draws made-up values for the regression set."""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import dataclass

ALNUM = string.ascii_letters + string.digits
HEX = string.digits + "abcdef"


@dataclass(frozen=True, slots=True)
class Draw:
    source: random.Random

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self.source.choice(alphabet) for _ in range(length))

    def base64(self, length: int) -> str:
        return base64.b64encode(self.source.randbytes(length)).decode()

    def password(self) -> str:
        word = self.of(string.ascii_lowercase, 5).title()
        return f"{word}{self.of(string.digits, 3)}{self.source.choice('!#$%&*')}{self.of(ALNUM, 4)}"

    def jwt(self) -> str:
        head, body = ({"alg": "HS256", "typ": "JWT"}, {"sub": self.of(string.digits, 8), "exp": 1900000000})
        parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body))
        return ".".join([*parts, self.of(ALNUM + "-_", 43)])

    def uuid(self) -> str:
        return "-".join(self.of(HEX, length) for length in (8, 4, 4, 4, 12))
