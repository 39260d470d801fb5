"""An authenticator app for tests: codes from the otpauth URI, by RFC 6238 and nothing of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class AuthenticatorApp:
    """`code()` is what the app shows now, `code(1)` what it will show one period later."""

    secret: bytes
    period: int
    digits: int

    @classmethod
    def scan(cls, uri: str) -> AuthenticatorApp:
        """As an app reads the QR code."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(uri).query).items()}
        return cls(base64.b32decode(given["secret"]), int(given["period"]), int(given["digits"]))

    def code(self, periods: int = 0) -> str:
        counter = int(time.time()) // self.period + periods
        digest = hmac.new(self.secret, counter.to_bytes(8, "big"), hashlib.sha1).digest()
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
        return f"{number % 10**self.digits:0{self.digits}}"
