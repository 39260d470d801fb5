"""Entries in their canonical bytes, for the sealer, the daily files and the verification.

PostgreSQL spells most of each itself, which costs a third of loading every value into Python to spell it there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from audit.chain import canonical
from audit.models import SEALED_FIELDS, AuditLog, Seal, sealed_values

_VERSION, *_PLAIN, _PERSONAL, _DETAILS = SEALED_FIELDS
_SPELLED = {
    "id": "a.id",
    "occurred_at": """to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
}
# everything but the last two values in quotes, nothing escaped: `_content` sees whether that was right
_COLUMNS = "a.{} || ',\"' || {} || '\"' AS plain, encode(a.{}, 'hex') AS personal, a.{} AS details".format(
    _VERSION, " || '\",\"' || ".join(_SPELLED.get(name, f"a.{name}") for name in _PLAIN), _PERSONAL, _DETAILS
)
_BEFORE_ALL = UUID(int=0)
_QUOTES = 2 * len(_PLAIN)
# LIMIT 1 keeps it a look-up by key for each row: the order is that of the inner query, whatever the planner knows
_ENTRY = "CROSS JOIN LATERAL (SELECT {columns} FROM audit_auditlog a WHERE a.id = {key} LIMIT 1) e"
_SEALED_AFTER = (
    "SELECT s.position, s.link, s.chain_key, e.*"  # noqa: S608 - our own names
    " FROM (SELECT * FROM audit_seal WHERE position > %s ORDER BY position LIMIT %s) s "
    + _ENTRY.format(columns=_COLUMNS, key="s.entry_id")
    + " ORDER BY s.position"
)


class SealedContent(NamedTuple):
    """A sealed entry: `content` are its canonical bytes; `link` is what the sealer wrote, hex."""

    position: int
    content: bytes
    link: str
    chain_key: str


class Waiting(NamedTuple):
    """An entry without a seal: its canonical bytes, and the MAC that was stored with it."""

    key: UUID
    content: bytes
    mac: bytes | None


def waiting(limit: int, after: UUID = _BEFORE_ALL) -> list[Waiting]:
    """The `limit` entries with the lowest ids behind `after` that wait for their seal, by time."""
    if connection.vendor != "postgresql":
        rows = AuditLog.objects.filter(unsealed__isnull=False, pk__gt=after).order_by("id")[:limit]
        found = sorted(rows.values_list("occurred_at", "id", "mac", *SEALED_FIELDS))
        return [Waiting(key, canonical(sealed_values(row)), mac) for _, key, mac, *row in found]
    entry = _ENTRY.format(columns=f"a.id, a.occurred_at, a.mac, {_COLUMNS}", key="u.entry_id")
    rows_of = (
        "SELECT id, mac, plain, personal, details"  # noqa: S608 - our own names
        f" FROM (SELECT e.* FROM audit_unsealed u {entry} WHERE u.entry_id > %s ORDER BY u.entry_id LIMIT %s) w"
        " ORDER BY occurred_at, id"
    )
    return [
        Waiting(key, _content(*row) or AuditLog.objects.get(pk=key).canonical_bytes(), mac)
        for key, mac, *row in _fetch(rows_of, [after, limit])
    ]


def waiting_pages(size: int) -> Iterator[list[Waiting]]:
    """All that wait, `size` at a time."""
    after = _BEFORE_ALL
    while page := waiting(size, after):
        yield page
        after = max(each.key for each in page)


def sealed_after(position: int, limit: int) -> list[SealedContent]:
    """Up to `limit` sealed entries that follow `position`. One whose row is gone is left out, which leaves a gap."""
    if connection.vendor != "postgresql":
        rows = Seal.objects.filter(position__gt=position).order_by("position")[:limit]
        names = (f"entry__{name}" for name in SEALED_FIELDS)
        columns = rows.values_list("position", "link", "chain_key", *names)
        return [SealedContent(at, canonical(sealed_values(row)), link, key) for at, link, key, *row in columns]
    return _sealed(_fetch(_SEALED_AFTER, [position, limit]))


def sealed_chunks_after(position: int, size: int) -> Generator[list[SealedContent], None, None]:
    """All sealed entries that follow `position`, `size` at a time; the next are fetched while these are worked on."""
    if connection.vendor != "postgresql":
        while rows := sealed_after(position, size):
            yield rows
            position = rows[-1].position
        return
    connection.ensure_connection()
    same: Any = connection.connection  # another one would not see what this transaction wrote
    with ThreadPoolExecutor(1) as ahead:
        fetched = ahead.submit(_execute, same.cursor, _SEALED_AFTER, [position, size])
        while True:
            with connection.wrap_database_errors:
                found = fetched.result()
            if not found:
                return
            fetched = ahead.submit(_execute, same.cursor, _SEALED_AFTER, [found[-1][0], size])
            yield _sealed(found)


def _sealed(found: Sequence[Sequence[Any]]) -> list[SealedContent]:
    return [
        SealedContent(at, _content(*row) or AuditLog.objects.get(seal__position=at).canonical_bytes(), link, key)
        for at, link, key, *row in found
    ]


def _fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    return _execute(connection.cursor, statement, parameters)


def _execute(cursor_of: Callable[[], Any], statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with cursor_of() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _content(plain: str | None, personal: str | None, details: str | None) -> bytes | None:
    """The canonical bytes; None where a value needs more care: a quote or an escape in it, or no value at all."""
    if plain is None or details is None or plain.count('"') != _QUOTES or "\\" in plain:
        return None
    if not (plain.isascii() and plain.isprintable()):
        return None
    shown = "null" if personal is None else f'"{personal}"'
    return f"[{plain},{shown},{_quoted(details)}]".encode("ascii")
