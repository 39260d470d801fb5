"""Entries in their canonical bytes, for the sealer, the daily files and the verification.

PostgreSQL spells them itself, which costs a tenth of loading every value into Python to spell it there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from audit.chain import canonical
from audit.models import SEALED_FIELDS, AuditLog, Seal, sealed_values

_SPELLED = {
    "schema_version": "a.schema_version",
    "id": "'\"', a.id, '\"'",
    "occurred_at": """'"', to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"'""",
    "personal": "CASE WHEN a.personal IS NULL THEN 'null' ELSE '\"' || encode(a.personal, 'hex') || '\"' END",
}
# compact JSON of the values in the order of SEALED_FIELDS, as `chain.canonical` spells them
_CONTENT = "concat('[', {}, ']')".format(
    ", ',', ".join(_SPELLED.get(name, f"to_json(a.{name})") for name in SEALED_FIELDS)
)
# LIMIT 1 keeps it a look-up by key for each row: the order is that of the inner query, whatever the planner knows
_ENTRY = "CROSS JOIN LATERAL (SELECT {columns} FROM audit_auditlog a WHERE a.id = {key} LIMIT 1) e"


class SealedContent(NamedTuple):
    """A sealed entry: `content` are its canonical bytes; `link` is what the sealer wrote, hex."""

    position: int
    content: bytes
    link: str
    chain_key: str


def waiting(limit: int) -> list[tuple[UUID, bytes]]:
    """The oldest `limit` entries that wait for their seal, by time: their ids and canonical bytes."""
    if connection.vendor != "postgresql":
        rows = AuditLog.objects.filter(unsealed__isnull=False).order_by("occurred_at", "id")[:limit]
        return [(row[1], canonical(sealed_values(row))) for row in rows.values_list(*SEALED_FIELDS)]
    entry = _ENTRY.format(columns=f"a.id, a.occurred_at, {_CONTENT} AS content", key="u.entry_id")
    found = _fetch(
        f"SELECT id, content FROM (SELECT e.* FROM audit_unsealed u {entry} ORDER BY u.entry_id LIMIT %s) w"  # noqa: S608
        " ORDER BY occurred_at, id",
        [limit],
    )
    return [(key, _ascii(content)) for key, content in found]


def sealed_after(position: int, limit: int) -> list[SealedContent]:
    """Up to `limit` sealed entries that follow `position`. One whose row is gone is left out, which leaves a gap."""
    if connection.vendor != "postgresql":
        rows = Seal.objects.filter(position__gt=position).order_by("position")[:limit]
        names = (f"entry__{name}" for name in SEALED_FIELDS)
        columns = rows.values_list("position", "link", "chain_key", *names)
        return [SealedContent(at, canonical(sealed_values(row)), link, key) for at, link, key, *row in columns]
    entry = _ENTRY.format(columns=f"{_CONTENT} AS content", key="s.entry_id")
    found = _fetch(
        "SELECT s.position, e.content, s.link, s.chain_key"  # noqa: S608 - our own names
        f" FROM (SELECT * FROM audit_seal WHERE position > %s ORDER BY position LIMIT %s) s {entry}"
        " ORDER BY s.position",
        [position, limit],
    )
    return [SealedContent(at, _ascii(content), link, key) for at, content, link, key in found]


def _fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _ascii(content: str) -> bytes:
    """PostgreSQL leaves in JSON what Python escapes: everything above U+007E. All else the two spell alike."""
    if content.isascii() and "\x7f" not in content:
        return content.encode("ascii")
    return canonical(json.loads(content))
