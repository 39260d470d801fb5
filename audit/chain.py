"""The arithmetic of the trail, pure: canonical bytes, links, Merkle roots, checkpoints and their proofs.

Whoever records an entry proves it by a MAC over its canonical bytes, so that none is sealed that nobody recorded. The
bytes are hashed to a leaf; each leaf is linked to the one before by HMAC-SHA256 under a key that
the database does not hold; a batch of leaves has a Merkle root (RFC 9162); a checkpoint signs the root by Ed25519 and
names the checkpoint before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

GENESIS = bytes(32)
_BLOCK = 64  # bytes of SHA-256
_LEAF, _NODE = b"\x00", b"\x01"  # RFC 9162 section 2.1.1: a node can never be taken for a leaf
_sha256 = hashlib.sha256
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


def canonical(values: Sequence[Any]) -> bytes:
    """The one spelling of an entry's values, in the order of its schema version: compact ASCII JSON of strings."""
    return _encode(values).encode("ascii")


def leaf_hash(content: bytes) -> bytes:
    return _sha256(_LEAF + content).digest()


def link(key: bytes, previous: bytes, position: int, leaf: bytes) -> bytes:
    """HMAC-SHA256 over the link before, the position (from 1, 8 bytes) and the leaf."""
    return _hmac(key, previous + position.to_bytes(8, "big") + leaf)


def entry_mac(key: bytes, content: bytes) -> bytes:
    """HMAC-SHA256 over an entry's canonical bytes, under a key of its own that comes from the chain's."""
    return _hmac(_key_of_entries(key), content)


@lru_cache(maxsize=16)
def _key_of_entries(key: bytes) -> bytes:
    return _hmac(key, b"loupe-audit-entry-1")


def _hmac(key: bytes, message: bytes) -> bytes:
    keyed_inner, keyed_outer = _keyed(key)
    inner, outer = keyed_inner.copy(), keyed_outer.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=32)
def _keyed(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The two hashes of RFC 2104 after their key block: half the time of setting up an HMAC for each link."""
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(each ^ 0x36 for each in block)), hashlib.sha256(bytes(each ^ 0x5C for each in block))


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1; SHA-256 of nothing when there are no leaves.

    Level by level, an odd last node moving up, which gives the same tree as the RFC's recursion.
    """
    level = list(leaves)
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)  # without the odd last one
        paired = [_sha256(_NODE + left + right).digest() for left, right in pairs]
        level = paired + level[len(level) - 1 :] if len(level) % 2 else paired
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """The hashes that lead from leaf `index` to the root, each with the side ("left", "right") it stands on."""
    proof: list[tuple[str, bytes]] = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            proof.append(("left" if neighbour < index else "right", level[neighbour]))
        paired = [hashlib.sha256(_NODE + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - 1 :] if len(level) % 2 else paired
        index //= 2
    return proof


def root_from_proof(leaf: bytes, proof: Sequence[tuple[str, bytes]]) -> bytes:
    """The root that `leaf` and `proof` lead to."""
    for side, neighbour in proof:
        pair = neighbour + leaf if side == "left" else leaf + neighbour
        leaf = hashlib.sha256(_NODE + pair).digest()
    return leaf


@dataclass(frozen=True, slots=True)
class CheckpointBody:
    """What a checkpoint signs: `size` entries in all after this batch, which begins after `first` - 1; hex digests;
    `previous` is the digest of the checkpoint before ("" for the first); `time` RFC 3339 UTC.
    """

    number: int
    first: int
    size: int
    root: str
    head: str
    time: str
    previous: str
    key_id: str

    def signed_bytes(self) -> bytes:
        return canonical(
            [
                "loupe-audit-checkpoint-1",
                self.number,
                self.first,
                self.size,
                self.root,
                self.head,
                self.time,
                self.previous,
                self.key_id,
            ]
        )

    def digest(self) -> str:
        """SHA-256 of the signed bytes, hex: how the next checkpoint names this one."""
        return hashlib.sha256(self.signed_bytes()).hexdigest()
