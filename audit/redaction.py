"""What may stand in a trail: nothing but the details named here, and never free text."""

from __future__ import annotations

import re
from collections.abc import Mapping

DetailValue = str | int | bool | None | list[str]

# Words of ours, ids, counts and digests. Personal data goes into the encrypted part, secrets nowhere.
ALLOWED_DETAILS = frozenset(
    {
        "reason",
        "method",
        "factor",
        "kind",
        "state",
        "previous_state",
        "role",
        "permission",
        "scopes",
        "fields",
        "ids",
        "count",
        "limit",
        "failures",
        "retry_after",
        "level",
        "model",
        "operation",
        "diff_sha256",
        "digest",
        "format",
        "provider",
        "version",
        "route",
        "code",
        "key_id",
        "size",
        "first_position",
        "last_position",
        "purpose",
        "text_version",
        "duration_ms",
        "job",
        "filters",
    }
)
_MAX_TEXT = 200
_MAX_ITEMS = 10_000
_PLAIN = re.compile(r"[A-Za-z0-9_.,:;/+= <>{}()\[\]#%|*!?'-]*\Z")


def allowed_details(details: Mapping[str, DetailValue]) -> dict[str, DetailValue]:
    """The details unchanged; ValueError when a key is not in the allow-list or a value is not plain.

    No "@" and no control character passes, so neither an address nor a forged log line can come in.
    """
    unknown = details.keys() - ALLOWED_DETAILS
    if unknown:
        raise ValueError(f"details not in the allow-list: {', '.join(sorted(unknown))}")
    for key, value in details.items():
        texts = value if isinstance(value, list) else [value]
        if len(texts) > _MAX_ITEMS:
            raise ValueError(f"detail {key} has too many items")
        for text in texts:
            if isinstance(text, str) and (len(text) > _MAX_TEXT or not _PLAIN.match(text)):
                raise ValueError(f"detail {key} is not plain text of at most {_MAX_TEXT} characters")
    return dict(details)


def full_mask(value: str) -> str:
    """Hide a value whole; auditlog's own mask shows half of it."""
    return "***"
