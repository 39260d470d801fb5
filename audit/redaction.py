"""What may stand in a trail: by default nothing."""

from __future__ import annotations


def full_mask(value: str) -> str:
    """Hide a value whole; auditlog's own mask shows half of it."""
    return "***"
