"""EncryptionService: authenticated encryption of single values, bound to the place they stand in, and blind indexes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from config.key_derivation import derived_key
from config.orchestrator import get_orchestrator
from config.services.security import parse_keyring

_VERSION = 1
_NONCE_BYTES = 12  # NIST SP 800-38D
_TAG_BYTES = 16


class DecryptionError(Exception):
    """A stored value cannot be opened: unknown key, other place, or changed. The message never holds the value."""


@lru_cache(maxsize=8)
def _ring(keys: SecretStr) -> Mapping[str, bytes]:
    return MappingProxyType(parse_keyring(keys))


def _encryption_keys() -> Mapping[str, bytes]:
    return _ring(get_orchestrator().security_service.encryption_keys)


def _index_keys() -> Mapping[str, bytes]:
    return _ring(get_orchestrator().security_service.blind_index_keys)


@dataclass(frozen=True, slots=True)
class EncryptionService:
    """AES-256-GCM under a ring of keys; the first key writes, all of them read.

    Envelope: version (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext and tag. The header and
    `context` (model, field and row) are authenticated, so a value copied to another row, field or model does not open.
    Each purpose has a key of its own, derived by HKDF-SHA256 (RFC 5869).
    """

    keys: Mapping[str, bytes] = field(default_factory=_encryption_keys, repr=False)
    index_keys: Mapping[str, bytes] = field(default_factory=_index_keys, repr=False)

    @property
    def primary_key_id(self) -> str:
        return next(iter(self.keys))

    @property
    def primary_header(self) -> bytes:
        """How every envelope begins that the primary key wrote."""
        return header_of(self.primary_key_id)

    @property
    def primary_index_key_id(self) -> str:
        return next(iter(self.index_keys))

    def encrypt(self, plaintext: bytes, context: str) -> bytes:
        """An envelope that only opens with the same `context`."""
        header = self.primary_header
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = _cipher(self.keys[self.primary_key_id])
        return header + nonce + cipher.encrypt(nonce, plaintext, header + context.encode())

    def decrypt(self, envelope: bytes, context: str) -> bytes:
        """The plaintext; DecryptionError when the key is unknown or anything was changed or moved."""
        key_id = self.key_id_of(envelope)
        if key_id not in self.keys:
            raise DecryptionError(f"key {key_id!r} is not in the ring")
        start = 2 + len(key_id)
        header, nonce, sealed = (
            envelope[:start],
            envelope[start : start + _NONCE_BYTES],
            envelope[start + _NONCE_BYTES :],
        )
        try:
            return _cipher(self.keys[key_id]).decrypt(nonce, sealed, header + context.encode())
        except InvalidTag:
            raise DecryptionError(f"the value of {context.rsplit(':', 1)[0]} was changed or moved") from None

    def key_id_of(self, envelope: bytes) -> str:
        """Which key an envelope needs; DecryptionError when it is none."""
        if len(envelope) < 2 + _NONCE_BYTES + _TAG_BYTES or envelope[0] != _VERSION:
            raise DecryptionError("not an envelope of this service")
        key_id = envelope[2 : 2 + envelope[1]]
        if not key_id.isalnum() or len(envelope) < 2 + len(key_id) + _NONCE_BYTES + _TAG_BYTES:
            raise DecryptionError("not an envelope of this service")
        return key_id.decode("ascii")

    def blind_index(self, value: str, purpose: str, key_id: str | None = None) -> str:
        """HMAC-SHA256 of a canonical value as hex, under the index key `key_id` (the primary when None).

        Equal values of one purpose have equal indexes; purposes cannot be compared with each other.
        """
        root = self.index_keys[key_id or self.primary_index_key_id]
        return hmac.new(derived_key(root, f"blind-index:{purpose}"), value.encode(), hashlib.sha256).hexdigest()


def header_of(key_id: str) -> bytes:
    """How every envelope under this key begins; no header is the beginning of another."""
    return bytes([_VERSION, len(key_id)]) + key_id.encode()


@lru_cache(maxsize=64)
def _cipher(root: bytes) -> AESGCM:
    return AESGCM(derived_key(root, "field-encryption"))
