"""The sealer: orders what was committed, links it, and signs a checkpoint, behind the backs of the writers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction

from audit.canonical_rows import Waiting, waiting_pages
from audit.chain import GENESIS, CheckpointBody, leaf_hash, link, merkle_root
from audit.keys import TrailKeys
from audit.models import Checkpoint, Seal, Unsealed
from config.orchestrator import get_orchestrator

logger = structlog.get_logger("audit.sealer")

_LOCK = 0x10_0B_E5_EA  # of pg_try_advisory_xact_lock: one sealer at a time, over all processes
_Row = tuple[int, UUID, str, str]  # position, entry, link, key id


@dataclass(frozen=True, slots=True)
class Sealer:
    """Positions are given here, to committed rows only, and never looked back at: a transaction that stays open while
    others commit gets a later position, whatever its ids and clock say. What nobody recorded who had our keys, or was
    changed since, gets no seal but for the ids in `accepted`.
    """

    keys: TrailKeys = field(default_factory=TrailKeys)
    accepted: frozenset[UUID] = frozenset()
    batch_size: int = field(default_factory=lambda: get_orchestrator().audit_service.seal_batch_size)

    def seal(self) -> Checkpoint | None:
        """Seal one batch; None when nothing waits or another sealer is at work."""
        if not Unsealed.objects.exists():
            return None
        with transaction.atomic():
            if not _only_sealer():
                return None
            batch = self._recorded()
            return self._seal(batch) if batch else None

    def seal_all(self) -> int:
        """Seal what waits; how many checkpoints that took. A batch that is not full was the last: going after what came
        meanwhile would keep a core busy with checkpoints of a few entries each.
        """
        count = 0
        while (checkpoint := self.seal()) is not None:
            count += 1
            if checkpoint.size - checkpoint.first + 1 < self.batch_size:
                break
        return count

    def _recorded(self) -> list[Waiting]:
        """The first page of what waits that holds something to seal, without the rest."""
        for page in waiting_pages(self.batch_size):
            found = [each for each in page if self.keys.recorded(each.content, each.mac) or each.key in self.accepted]
            if len(found) < len(page):
                logger.error("audit_entries_not_recorded_by_us", count=len(page) - len(found))
            if found:
                return found
        return []

    def _seal(self, batch: Sequence[Waiting]) -> Checkpoint:
        last = Checkpoint.objects.order_by("-number").first()
        size = last.size if last else 0
        head = bytes.fromhex(last.head) if last else GENESIS
        key_id = self.keys.chain_key_id
        key = self.keys.chain[key_id]
        leaves: list[bytes] = []
        seals: list[_Row] = []
        for position, (entry, content, _) in enumerate(batch, start=size + 1):
            leaf = leaf_hash(content)
            head = link(key, head, position, leaf)
            leaves.append(leaf)
            seals.append((position, entry, head.hex(), key_id))
        _write(seals)
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
    oldest = Unsealed.objects.order_by("entry_id").values_list("entry__occurred_at").first()  # the ids are times
    return max(0.0, (datetime.now(UTC) - oldest[0]).total_seconds()) if oldest else 0.0


def _only_sealer() -> bool:
    if connection.vendor != "postgresql":
        return True  # SQLite lets one transaction write at a time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _write(seals: Sequence[_Row]) -> None:
    """The seals, and out of those that wait; an error when an entry was sealed meanwhile."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy("COPY audit_seal (position, entry_id, link, chain_key) FROM STDIN") as copy:
                copy.write("".join(f"{at}\t{entry}\t{link}\t{key}\n" for at, entry, link, key in seals))
        else:
            Seal.objects.bulk_create(
                [Seal(position=at, entry_id=entry, link=link, chain_key=key) for at, entry, link, key in seals]
            )
        cursor.execute(
            "DELETE FROM audit_unsealed WHERE entry_id IN"
            " (SELECT entry_id FROM audit_seal WHERE position BETWEEN %s AND %s)",
            [seals[0][0], seals[-1][0]],
        )
        if cursor.rowcount != len(seals):
            raise RuntimeError("an entry was sealed by somebody else meanwhile")
