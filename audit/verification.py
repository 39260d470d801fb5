"""Is the trail what it was? Pure: reads entries and checkpoints as they come and names the first break."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, Protocol

from audit.chain import GENESIS, CheckpointBody, link, merkle_root


class Break(StrEnum):
    """What was done to a trail."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    FORKED = "forked"
    TRUNCATED = "truncated"
    UNSEALED = "unsealed_too_long"
    CHECKPOINT = "checkpoint_mismatch"
    FILE = "file_mismatch"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first break: its class, the position or checkpoint it shows at, and a sentence."""

    kind: Break
    detail: str
    position: int | None = None
    checkpoint: int | None = None


class SealedEntry(NamedTuple):  # made a hundred thousand times a second
    """An entry as stored: `leaf` is computed from its content, `link` is what the sealer wrote, hex."""

    position: int
    leaf: bytes
    link: str
    chain_key: str


class Keys(Protocol):
    """What checking needs of `audit.keys.TrailKeys`."""

    @property
    def chain(self) -> Mapping[str, bytes]: ...

    def signature_holds(self, key_id: str, message: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    body: CheckpointBody
    signature: bytes

    def holds(self, keys: Keys) -> bool:
        """Whether one of our keys signed it."""
        return keys.signature_holds(self.body.key_id, self.body.signed_bytes(), self.signature)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, and the first break or None. `last` is the last checkpoint that held."""

    entries: int
    checkpoints: int
    finding: Finding | None
    last: CheckpointBody | None = None


@dataclass(slots=True)
class _Walk:
    """Where the verification stands."""

    keys: Keys
    rows: Iterator[SealedEntry]
    last: CheckpointBody | None
    head: bytes
    entries: int = 0
    checkpoints: int = 0


def verify(
    entries: Iterable[SealedEntry],
    checkpoints: Iterable[SignedCheckpoint],
    keys: Keys,
    *,
    start: CheckpointBody | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verdict:
    """Walk the trail after `start` (a checkpoint already trusted; None for the beginning), batch by batch.

    `entries` are ordered by position and `checkpoints` by number, both from just after `start`. Needs one batch of
    memory. `progress` is told the number of entries checked after each batch.
    """
    walk = _Walk(keys, iter(entries), start, bytes.fromhex(start.head) if start else GENESIS)
    for signed in checkpoints:
        finding = _checkpoint_break(walk, signed) or _batch_break(walk, signed.body)
        if finding:
            return Verdict(walk.entries, walk.checkpoints, finding, walk.last)
        walk.last = signed.body
        walk.checkpoints += 1
        if progress:
            progress(walk.entries)
    extra = next(iter(_take(walk, 1)), None)
    if extra:
        detail = f"position {extra.position} stands after the last checkpoint"
        return Verdict(walk.entries, walk.checkpoints, Finding(Break.INSERTED, detail, extra.position), walk.last)
    return Verdict(walk.entries, walk.checkpoints, None, walk.last)


def _checkpoint_break(walk: _Walk, signed: SignedCheckpoint) -> Finding | None:
    """Whether a checkpoint is signed by us and continues the one before."""
    body, last = signed.body, walk.last

    def broken(kind: Break, detail: str) -> Finding:
        return Finding(kind, detail, checkpoint=body.number)

    if not signed.holds(walk.keys):
        return broken(Break.CHECKPOINT, "the signature does not hold")
    if body.number != (last.number + 1 if last else 1):
        return broken(Break.CHECKPOINT, f"checkpoint {last.number + 1 if last else 1} is missing")
    if body.previous != (last.digest() if last else ""):
        return broken(Break.FORKED, "it continues another checkpoint than the one before it")
    if body.first != (last.size + 1 if last else 1) or body.size < body.first:
        return broken(Break.CHECKPOINT, "it does not begin where the one before ended")
    return None


def _batch_break(walk: _Walk, body: CheckpointBody) -> Finding | None:
    """Whether the entries under a checkpoint are those that were sealed."""
    expected = body.size - body.first + 1
    batch = _take(walk, expected)
    leaves = []
    head, keys = walk.head, walk.keys.chain
    for position, (stored, leaf, written, chain_key) in enumerate(batch, start=body.first):
        key = keys.get(chain_key)
        computed = link(key, head, position, leaf) if key else b""
        if stored != position or computed.hex() != written:
            return _classify(walk, body, batch, position, head)
        head = computed
        leaves.append(leaf)
    if len(batch) < expected:
        end = body.first + len(batch)
        return Finding(Break.TRUNCATED, f"the trail ends before position {end}", end, body.number)
    if merkle_root(leaves).hex() != body.root or head.hex() != body.head:
        return Finding(Break.CHECKPOINT, "root or head differ from the entries", checkpoint=body.number)
    walk.head = head
    walk.entries += expected
    return None


def _classify(walk: _Walk, body: CheckpointBody, batch: Sequence[SealedEntry], at: int, head: bytes) -> Finding:
    """What happened at position `at`, where the chain with head `head` no longer holds."""
    broken = batch[at - body.first]
    if broken.position > at:
        return Finding(Break.DELETED, f"position {at} is missing", at)
    following = [*batch[at - body.first + 1 :], *_take(walk, 2)]

    def fits(row: SealedEntry, position: int, before: bytes, written: str) -> bool:
        key = walk.keys.chain.get(row.chain_key)
        return key is not None and link(key, before, position, row.leaf).hex() == written

    def stored(row: SealedEntry) -> bytes:
        try:
            return bytes.fromhex(row.link)
        except ValueError:
            return b""

    if following:
        after = following[0]
        if fits(after, at, head, after.link) and (
            len(following) == 1 or fits(following[1], at + 1, stored(after), following[1].link)
        ):
            return Finding(Break.INSERTED, f"position {at} was never sealed", at)
        if fits(after, at + 2, stored(broken), after.link):
            return Finding(Break.DELETED, f"what stood at position {at} is gone and the rest moved up", at)
    if any(fits(row, at, head, row.link) or fits(row, at, head, broken.link) for row in following):
        return Finding(Break.REORDERED, f"position {at} holds what was sealed further on", at)
    return Finding(Break.EDITED, f"position {at} does not say what was sealed", at)


def _take(walk: _Walk, count: int) -> list[SealedEntry]:
    return list(islice(walk.rows, count))
