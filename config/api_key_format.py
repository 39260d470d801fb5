"""How Loupe's API keys look, so that scanners find them and a mistyped one is told apart without a database.

`lp_` + environment + `_` + 30 characters of base 62 (178 bits) + 6 of checksum (CRC-32 of all before), as GitHub's.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

from config.environments import Environment

ENVIRONMENT_TAGS = {Environment.DEVELOPMENT: "dev", Environment.STAGING: "stg", Environment.PRODUCTION: "prd"}
PATTERN = re.compile(r"\blp_(?:dev|stg|prd)_[0-9A-Za-z]{36}\b")

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECKSUM = 30, 6


def generate_api_key(environment: Environment) -> str:
    """A new key; store its SHA-256, show it once."""
    body = f"lp_{ENVIRONMENT_TAGS[environment]}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + checksum(body)


def is_api_key(text: str) -> bool:
    """Whether the text has the form of a key and its checksum fits; says nothing about whether the key is known."""
    return PATTERN.fullmatch(text) is not None and secrets.compare_digest(
        text[-_CHECKSUM:], checksum(text[:-_CHECKSUM])
    )


def checksum(body: str) -> str:
    """The six characters that end a key whose beginning is `body`."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
