"""One root key, a key of its own for each purpose: nothing sealed for one can be opened for another."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


# deriving costs 30 times what sealing a short value does, and the keys are in this process's memory anyway
@lru_cache(maxsize=64)
def derived_key(root: bytes, purpose: str) -> bytes:
    """32 bytes for `purpose` out of 32 bytes of `root`, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"loupe:{purpose}".encode()).derive(root)
