"""Personal data as staff see it before they reveal it: enough to tell that it is the right person, no more."""

from __future__ import annotations

_HIDDEN = "•••"


def masked_email(address: str) -> str:
    """ "alice@example.org" as "a•••@e•••.org"."""
    local, _, domain = address.rpartition("@")
    host, dot, top = domain.rpartition(".")
    return f"{local[:1]}{_HIDDEN}@{(host or top)[:1]}{_HIDDEN}{dot}{top if host else ''}"


def masked_phone(number: str | None) -> str | None:
    """The last two digits."""
    return None if number is None else f"{_HIDDEN}{number[-2:]}"


def masked_name(name: str | None) -> str | None:
    """The first letter."""
    return None if not name else f"{name[:1]}{_HIDDEN}"
