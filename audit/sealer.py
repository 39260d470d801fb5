"""The sealer: orders what was committed, links it, and signs a checkpoint, behind the backs of the writers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from audit.chain import GENESIS, CheckpointBody, canonical, leaf_hash, link, merkle_root
from audit.keys import TrailKeys
from audit.models import AuditLog, Checkpoint
from config.orchestrator import get_orchestrator

_LOCK = 0x10_0B_E5_EA  # of pg_try_advisory_xact_lock: one sealer at a time, over all processes


@dataclass(frozen=True, slots=True)
class Sealer:
    """Positions are given here, to committed rows only, and never looked back at: a transaction that stays open while
    others commit gets a later position, whatever its ids and clock say.
    """

    keys: TrailKeys = field(default_factory=TrailKeys)
    batch_size: int = field(default_factory=lambda: get_orchestrator().audit_service.seal_batch_size)

    def seal(self) -> Checkpoint | None:
        """Seal one batch; None when nothing waits or another sealer is at work."""
        if not AuditLog.objects.filter(position__isnull=True).exists():
            return None
        with transaction.atomic():
            if not _only_sealer():
                return None
            waiting = list(
                AuditLog.objects.filter(position__isnull=True).order_by("occurred_at", "id")[: self.batch_size]
            )
            return self._seal(waiting) if waiting else None

    def seal_all(self) -> int:
        """Seal until nothing waits; how many checkpoints that took."""
        count = 0
        while self.seal() is not None:
            count += 1
        return count

    def _seal(self, waiting: Sequence[AuditLog]) -> Checkpoint:
        last = Checkpoint.objects.order_by("-number").first()
        size = last.size if last else 0
        head = bytes.fromhex(last.head) if last else GENESIS
        key_id = self.keys.chain_key_id
        key = self.keys.chain[key_id]
        leaves: list[bytes] = []
        sealed: list[tuple[UUID, int, str]] = []
        for position, entry in enumerate(waiting, start=size + 1):
            leaf = leaf_hash(canonical(entry.canonical_values()))
            head = link(key, head, position, leaf)
            leaves.append(leaf)
            sealed.append((entry.id, position, head.hex()))
        _write_positions(sealed, key_id)
        return self._sign(last, size + 1, size + len(leaves), merkle_root(leaves), head)

    def _sign(self, last: Checkpoint | None, first: int, size: int, root: bytes, head: bytes) -> Checkpoint:
        now = datetime.now(UTC)
        if last and now <= last.time:  # the clock was set back: order stays, time does not run backwards
            now = last.time + timedelta(microseconds=1)
        body = CheckpointBody(
            number=last.number + 1 if last else 1,
            first=first,
            size=size,
            root=root.hex(),
            head=head.hex(),
            time=now.isoformat(timespec="microseconds"),
            previous=last.body().digest() if last else "",
            key_id=self.keys.signing_key_id,
        )
        checkpoint = Checkpoint.of(body, self.keys.sign(body.signed_bytes()))
        checkpoint.save()
        return checkpoint


def unsealed_seconds() -> float:
    """How long the oldest unsealed entry has waited, in seconds; 0 when none waits."""
    oldest = AuditLog.objects.filter(position__isnull=True).order_by("occurred_at").values_list("occurred_at").first()
    return max(0.0, (datetime.now(UTC) - oldest[0]).total_seconds()) if oldest else 0.0


def _only_sealer() -> bool:
    if connection.vendor != "postgresql":
        return True  # SQLite lets one transaction write at a time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _write_positions(sealed: Sequence[tuple[UUID, int, str]], key_id: str) -> None:
    """Fill the empty columns; IntegrityError when a row was sealed meanwhile."""
    table = AuditLog._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            ids, positions, links = (list(column) for column in zip(*sealed, strict=True))
            cursor.execute(
                f"UPDATE {table} SET position = v.position, link = v.link, chain_key = %s"  # noqa: S608 - our own table
                " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS v(id, position, link)"
                f" WHERE {table}.id = v.id AND {table}.position IS NULL",
                [key_id, ids, positions, links],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET position = %s, link = %s, chain_key = %s WHERE id = %s AND position IS NULL",  # noqa: S608
                [(position, value, key_id, each.hex) for each, position, value in sealed],
            )
        if cursor.rowcount not in (len(sealed), -1):
            raise RuntimeError("an entry was sealed by somebody else meanwhile")
