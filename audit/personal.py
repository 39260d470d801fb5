"""Personal data of the trail, each subject's under a key of its own: to erase a person is to destroy one key."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.db import models, transaction

from audit.models import SubjectKey
from config.key_derivation import derived_key
from config.orchestrator import get_orchestrator
from config.services.security import parse_keyring

_NONCE_BYTES = 12


@cache
def _wrapping_keys() -> Mapping[str, bytes]:
    ring = parse_keyring(get_orchestrator().security_service.encryption_keys)
    return {key_id: derived_key(root, "audit-subject-keys") for key_id, root in ring.items()}


_spelled = json.JSONEncoder(sort_keys=True).encode


class _KnownCiphers:
    """Ciphers of committed subjects, for a minute: recording is one insert, not a look-up and an insert.

    A key that was destroyed in another process meanwhile still seals for that minute, and nobody can open it again.
    """

    def __init__(self, seconds: float = 60, most: int = 10_000) -> None:
        self._seconds, self._most = seconds, most
        self._ciphers: dict[str, tuple[AESGCM, float]] = {}

    def get(self, subject: str) -> AESGCM | None:
        found = self._ciphers.get(subject)
        return found[0] if found and time.monotonic() < found[1] else None

    def put(self, subject: str, cipher: AESGCM) -> None:
        if len(self._ciphers) >= self._most:
            self.clear()
        self._ciphers[subject] = (cipher, time.monotonic() + self._seconds)

    def forget(self, subject: str) -> None:
        self._ciphers.pop(subject, None)

    def clear(self) -> None:
        self._ciphers.clear()


_known = _KnownCiphers()


def forget_known_keys() -> None:
    """For whoever empties the table of keys without an erasure, as tests do: one that is gone would go on sealing."""
    _known.clear()


def subject_of_today() -> str:
    """Whose key covers a stranger's address: the day's, which goes when the day's entries go."""
    return f"day:{datetime.now(UTC):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Seals and opens the personal part of entries (AES-256-GCM under the subject's key, wrapped by RFC 3394)."""

    wrapping_keys: Mapping[str, bytes] = field(default_factory=_wrapping_keys, repr=False)

    def seal(self, subject: str, entry: uuid.UUID, values: Mapping[str, str]) -> bytes:
        """Ciphertext of `values`, bound to the entry; the subject's key is made when there is none."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher_for_writing(subject).encrypt(nonce, _spelled(values).encode(), entry.bytes)

    def open(self, subject: str, entry: uuid.UUID, sealed: bytes) -> dict[str, str] | None:
        """The values, or None when the subject's key was destroyed: the person was erased.

        ValueError when the key is there and does not fit: the ciphertext was changed or moved.
        """
        row = SubjectKey.objects.filter(subject=subject).first()
        return None if row is None else self.opened(row, entry, sealed)

    def opened(self, row: SubjectKey, entry: uuid.UUID, sealed: bytes) -> dict[str, str]:
        """The values, by the subject's key; ValueError when it does not fit."""
        try:
            plaintext = self._cipher(row).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], entry.bytes)
        except InvalidTag:
            raise ValueError(f"the personal data of entry {entry} was changed or moved") from None
        opened: dict[str, str] = json.loads(plaintext)
        return opened

    def erase(self, subject: str) -> bool:
        """Destroy the subject's key; whether there was one. Every seal stays valid: it covers the ciphertext."""
        deleted, _ = SubjectKey.objects.filter(subject=subject).delete()
        _known.forget(subject)
        return deleted > 0

    def rewrap(self, page_size: int = 500) -> Iterator[tuple[int, int]]:
        """Bring the keys of all subjects under the first wrapping key; after each page, how many are and how many do
        not open. The keys themselves stay, so every sealed value does. One destroyed meanwhile is not brought back.
        """
        done, unreadable = 0, set[str]()
        primary = next(iter(self.wrapping_keys))
        stale = SubjectKey.objects.exclude(key_id=primary).order_by("subject")
        while page := list(stale.exclude(subject__in=unreadable)[:page_size]):
            with transaction.atomic():
                for row in page:
                    try:
                        key = self._unwrapped(row)
                    except ValueError:
                        unreadable.add(row.subject)
                        continue
                    wrapped = aes_key_wrap(self.wrapping_keys[primary], key)
                    still = SubjectKey.objects.filter(subject=row.subject, key_id=row.key_id)
                    done += still.update(key_id=primary, wrapped=wrapped)
            yield done, len(unreadable)

    def keys_per_wrapping_key(self) -> Counter[str]:
        """How many subjects' keys stand under which wrapping key."""
        found = Counter[str]()
        for key_id, rows in SubjectKey.objects.values_list("key_id").annotate(models.Count("pk")):
            found[key_id if key_id in self.wrapping_keys else "not in the ring"] += rows
        return found

    def _cipher_for_writing(self, subject: str) -> AESGCM:
        known = _known.get(subject)
        if known is not None:
            return known
        key_id = next(iter(self.wrapping_keys))
        wrapped = aes_key_wrap(self.wrapping_keys[key_id], secrets.token_bytes(32))
        cipher = self._cipher(SubjectKey.objects.of(subject, key_id, wrapped))
        transaction.on_commit(lambda: _known.put(subject, cipher))  # a row that is rolled back leaves no key behind
        return cipher

    def _cipher(self, row: SubjectKey) -> AESGCM:
        return AESGCM(self._unwrapped(row))

    def _unwrapped(self, row: SubjectKey) -> bytes:
        try:
            return aes_key_unwrap(self.wrapping_keys[row.key_id], bytes(row.wrapped))
        except (KeyError, InvalidUnwrap):
            raise ValueError(f"the key of a subject does not open with key {row.key_id!r}") from None
