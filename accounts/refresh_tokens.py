"""Refresh tokens: number `counter` of a session, proven by a MAC under the session's own secret; none is stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass, field

PREFIX = "lpr_"
_BODY_BYTES = 16 + 4
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token taken apart. Not proven yet: `proves` does that."""

    session_id: uuid.UUID
    counter: int
    mac: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> RefreshToken | None:
        """The parts of a well-formed token, else None."""
        if not text.startswith(PREFIX) or not text.isascii():
            return None
        encoded = text.removeprefix(PREFIX)
        try:
            raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _BODY_BYTES + _MAC_BYTES:
            return None
        return cls(uuid.UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), raw[_BODY_BYTES:])

    def proves(self, secret: str) -> bool:
        """Whether it was made under this secret."""
        return hmac.compare_digest(self.mac, _mac(secret, self.session_id, self.counter))


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def refresh_token(secret: str, session_id: uuid.UUID, counter: int) -> str:
    """Token number `counter` of the session: the same call gives the same token, so a retry gets the same answer."""
    raw = _body(session_id, counter) + _mac(secret, session_id, counter)
    return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _body(session_id: uuid.UUID, counter: int) -> bytes:
    return session_id.bytes + counter.to_bytes(4, "big")


def _mac(secret: str, session_id: uuid.UUID, counter: int) -> bytes:
    return hmac.new(secret.encode(), b"loupe:refresh:" + _body(session_id, counter), hashlib.sha256).digest()
