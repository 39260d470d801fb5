"""The keys of the trail, out of the configuration: none of them is in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hmac import compare_digest

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.chain import entry_mac
from config.orchestrator import get_orchestrator
from config.services.security import parse_keyring


def _chain_keys() -> Mapping[str, bytes]:
    return parse_keyring(get_orchestrator().audit_service.chain_keys)


def _signing_keys() -> Mapping[str, bytes]:
    return parse_keyring(get_orchestrator().audit_service.signing_keys)


@dataclass(frozen=True, slots=True)
class TrailKeys:
    """`chain` are HMAC keys, `signing` Ed25519 seeds, by key id; the first of each writes."""

    chain: Mapping[str, bytes] = field(default_factory=_chain_keys, repr=False)
    signing: Mapping[str, bytes] = field(default_factory=_signing_keys, repr=False)

    @property
    def chain_key_id(self) -> str:
        return next(iter(self.chain))

    @property
    def signing_key_id(self) -> str:
        return next(iter(self.signing))

    def mac(self, content: bytes) -> bytes:
        """What proves that a process with our keys recorded an entry of these canonical bytes."""
        return entry_mac(self.chain[self.chain_key_id], content)

    def recorded(self, content: bytes, mac: bytes | None) -> bool:
        """Whether `mac` is that of `content` under any key of the ring."""
        return mac is not None and any(compare_digest(entry_mac(key, content), mac) for key in self.chain.values())

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature (RFC 8032) by the writing key."""
        return Ed25519PrivateKey.from_private_bytes(self.signing[self.signing_key_id]).sign(message)

    def signature_holds(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of `message` by the key `key_id`; False for an unknown key."""
        if key_id not in self.signing:
            return False
        try:
            self.public_key(key_id).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_key(self, key_id: str) -> Ed25519PublicKey:
        return Ed25519PrivateKey.from_private_bytes(self.signing[key_id]).public_key()

    def public_keys_hex(self) -> dict[str, str]:
        """What an auditor needs to check signatures without any secret: raw public keys by id."""
        return {
            key_id: self.public_key(key_id).public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
            for key_id in self.signing
        }


@cache
def trail_keys() -> TrailKeys:
    """Those of this process, parsed once: every entry asks for them."""
    return TrailKeys()
