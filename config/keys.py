"""Keys: how they are written, how they are made, and how to tell that one is weak, known or old."""

from __future__ import annotations

import base64
import binascii
import math
import re
import secrets
from collections import Counter
from datetime import date

from pydantic import SecretStr

_DATE = re.compile(r"(?:^|[a-z])(20\d{6})(?=[a-z-]|$)")
_PLACEHOLDER = re.compile(
    r"django-insecure|change.?me|replace.?me|your.?secret|example|placeholder|insert.?here|\btodo\b|^x+$|development-only",
    re.IGNORECASE,
)


def parse_keyring(keys: SecretStr) -> dict[str, bytes]:
    """`id:base64,id:base64` as an ordered mapping of key ids to 32 bytes; ValueError without any key material."""
    ring: dict[str, bytes] = {}
    for part in keys.get_secret_value().split(","):
        key_id, separator, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a key is not base64") from None
        if not separator or not key_id.isalnum() or len(key_id) > 16:
            raise ValueError("each key needs an id of 1 to 16 letters or digits before a colon")
        if len(key) != 32:
            raise ValueError("each key needs 32 bytes")
        if key_id in ring:
            raise ValueError("two keys share an id")
        ring[key_id] = key
    return ring


def generate_secret_key(today: date) -> str:
    """A new SECRET_KEY of 512 bits; it begins with its date, so that its age can be told."""
    return f"{today:%Y%m%d}-{secrets.token_urlsafe(64)}"


def generate_keyring_entry(today: date) -> str:
    """A new entry of a keyring: `k` and the date as id, and 256 bits."""
    return f"k{today:%Y%m%d}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def made_on(text: str) -> date | None:
    """The date that a key, or the id of a keyring's key, begins with; None when it tells none."""
    match = _DATE.match(text)
    if match is None:
        return None
    try:
        return date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
    except ValueError:
        return None


def is_placeholder(key: str) -> bool:
    """Whether the key is one of the texts that templates hold where a key belongs."""
    return _PLACEHOLDER.search(key) is not None


def estimated_bits(key: str | bytes) -> float:
    """An upper bound of the key's strength: its length times the Shannon entropy of its characters."""
    return sum(count * math.log2(len(key) / count) for count in Counter(key).values())
