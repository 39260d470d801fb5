"""An authenticator app for tests: codes from the otpauth URI by pyotp, and nothing of ours."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pyotp

SEED = "JBSWY3DP" * 4
"""The seed of every authenticator app that a test does not scan."""


@dataclass(frozen=True, slots=True)
class AuthenticatorApp:
    """`code()` is what the app shows now, `code(1)` what it will show one period later."""

    otp: pyotp.TOTP

    @classmethod
    def scan(cls, uri: str) -> AuthenticatorApp:
        """As an app reads the QR code."""
        read = pyotp.parse_uri(uri)
        assert isinstance(read, pyotp.TOTP)
        return cls(read)

    def code(self, periods: int = 0) -> str:
        return str(self.otp.at(int(time.time()) + periods * self.otp.interval))
