"""How a value is shown to people: never its secret, also not the one inside a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

MASK = "********"

_CONNECTION_SCHEMES = {"postgres", "postgresql", "redis", "rediss", "amqp", "amqps", "smtp", "smtps", "sqlite"}
_SECRET_NAME = re.compile(r"pass|secret|token|key|signature|credential|auth", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)


def masked(value: Any) -> Any:
    """`value` in plain JSON types. A secret becomes the mask; a secret connection URL keeps its host and database."""
    if isinstance(value, SecretStr):
        return _masked_secret(value.get_secret_value())
    if isinstance(value, Mapping):
        return {str(key): masked(each) for key, each in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [masked(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool | int | float | None):
        return value
    return mask_urls(str(value))


def mask_urls(text: str) -> str:
    """`text` with the credentials of every URL in it masked."""
    return _URL.sub(lambda match: mask_url(match.group()), text) if "://" in text else text


def mask_url(url: str) -> str:
    """`url` without its password and without the values of parameters that name a secret.

    A password may hold `/`, `?`, `#` and `@` unescaped by mistake: everything up to the last `@` is hidden.
    """
    scheme, separator, rest = url.partition("://")
    userinfo, at, tail = rest.rpartition("@")
    if at:
        user = userinfo.partition(":")[0]
        rest = (f"{user}:{MASK}" if ":" in userinfo else MASK) + at + tail
    try:
        parts = urlsplit(scheme + separator + rest)
    except ValueError:
        return f"{scheme}://{MASK}"
    if not parts.query:
        return scheme + separator + rest
    query = [(name, MASK if _SECRET_NAME.search(name) else value) for name, value in parse_qsl(parts.query, True)]
    return urlunsplit(parts._replace(query=urlencode(query, safe="*/:")))


def _masked_secret(secret: str) -> str:
    scheme = secret.partition("://")[0].lower()
    return mask_url(secret) if "://" in secret and scheme in _CONNECTION_SCHEMES else MASK
