"""API keys: made, changed, rotated, revoked by their owner; checked on every request that brings one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import ApiKey, Scope, User
from accounts.services.credentials import CredentialService
from accounts.services.outbox import Outbox
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from config.api_key_format import generate_api_key, is_api_key
from config.environments import Environment
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator

MAX_LIVE_KEYS = 50
MAX_DAYS = 365
MAX_OVERLAP_SECONDS = 7 * 86_400
_ENDING = 4
_FOR_STAFF = {Scope.ADMIN_AUDIT_READ: "audit.view_auditlog"}  # scope -> what its owner must hold


@dataclass(frozen=True, slots=True)
class NewKey:
    """`secret` is the key itself: shown once and kept nowhere."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKeyService:
    credentials: CredentialService = field(default_factory=CredentialService)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)
    environment: Environment = field(default_factory=lambda: get_orchestrator().environment)

    def create(self, owner: User, name: str, scopes: Sequence[str], networks: Sequence[str], days: int) -> NewKey:
        """A key that is good for `days`; DomainError for scopes the owner lacks, or when there are too many keys."""
        _check_scopes(owner, scopes)
        with transaction.atomic():
            held = self.credentials.acting(owner)
            _check_number(held, MAX_LIVE_KEYS)
            made = self._issue(held, name, scopes, networks, timedelta(days=days))
            self.audit.record(Action.API_KEY_CREATED, target=made.key, details={"scopes": list(scopes)})
            self.outbox.mail(MailName.API_KEY_CREATED, held.email, label=name, ending=made.key.ending)
        return made

    def change(self, owner: User, key_id: UUID, changes: Mapping[str, Any]) -> ApiKey:
        """Another name, other scopes or networks; DomainError (NOT_FOUND) when it is no live key of theirs."""
        if "scopes" in changes:
            _check_scopes(owner, changes["scopes"])
        with transaction.atomic():
            key = self._own(owner, key_id)
            for name, value in changes.items():
                setattr(key, name, value)
            if changes:
                key.save(update_fields=list(changes))
                self.audit.record(Action.API_KEY_CHANGED, target=key, details={"fields": sorted(changes)})
        return key

    def rotate(self, owner: User, key_id: UUID, overlap_seconds: int) -> NewKey:
        """A new key like the old one and for as long; the old one goes on for `overlap_seconds`, if it would at all.

        DomainError (CONFLICT) for a key that was rotated already: of rotations at once one wins.
        """
        with transaction.atomic():
            held = self.credentials.acting(owner)
            key = self._own(held, key_id)
            _check_scopes(held, key.scopes)
            if key.successor_id is not None:
                raise DomainError("already_rotated", "This key has a successor. Rotate that one.", Kind.CONFLICT)
            _check_number(held, 2 * MAX_LIVE_KEYS)  # each key may overlap with its successor
            made = self._issue(held, key.name, key.scopes, key.networks, key.expires_at - key.created_at)
            key.expires_at = min(key.expires_at, timezone.now() + timedelta(seconds=overlap_seconds))
            key.successor = made.key
            key.save(update_fields=["expires_at", "successor"])
            self.audit.record(Action.API_KEY_ROTATED, target=key, details={"key_id": str(made.key.pk)})
            self.outbox.mail(MailName.API_KEY_CREATED, held.email, label=key.name, ending=made.key.ending)
        return made

    def revoke(self, owner: User, key_id: UUID) -> None:
        """It is worthless from the next request on; DomainError (NOT_FOUND) when it is not a live key of theirs."""
        with transaction.atomic():
            key = self._own(owner, key_id)
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            self.audit.record(Action.API_KEY_REVOKED, target=key)

    def check(self, secret: str, address: IPv4Address | IPv6Address | None) -> ApiKey | None:
        """The key, with its `user`, when it may act now and from there; else None. A mistyped one asks no database."""
        if not is_api_key(secret):
            return None
        key = ApiKey.by_digest.find(digest_of(secret))
        now = timezone.now()
        if key is None or not key.is_live_for(key.user, now):
            return None
        if key.networks and not any(address is not None and address in ip_network(each) for each in key.networks):
            self.refused(key, "network")
            return None
        key.note_use(now)
        return key

    def refused(self, key: ApiKey, reason: str) -> None:
        """Record that somebody used a good key where it is not good for."""
        self.audit.record(
            Action.ACCESS_DENIED,
            Outcome.REFUSED,
            actor=reference(key),
            target=key,
            subject=key.user,
            method="api_key",
            details={"reason": reason},
        )

    def _issue(
        self, owner: User, name: str, scopes: Sequence[str], networks: Sequence[str], lifetime: timedelta
    ) -> NewKey:
        secret = generate_api_key(self.environment)
        now = timezone.now()
        key = ApiKey.objects.create(
            user=owner,
            name=name,
            digest=digest_of(secret),
            ending=secret[-_ENDING:],
            scopes=list(scopes),
            networks=list(networks),
            epoch=owner.epoch,
            created_at=now,
            expires_at=now + lifetime,
        )
        return NewKey(key, secret)

    def _own(self, owner: User, key_id: UUID) -> ApiKey:
        key = ApiKey.objects.live().select_for_update(of=("self",)).filter(user=owner, pk=key_id).first()
        if key is None:
            hidden = ApiKey.objects.exclude(user=owner).filter(pk=key_id)
            raise DomainError("not_found", "There is no such API key.", Kind.NOT_FOUND, hidden=hidden)
        return key


def digest_of(secret: str) -> str:
    """What is kept of a key: with 178 random bits a fast hash is enough (OWASP ASVS 5.0, 6.5.2)."""
    return hashlib.sha256(secret.encode("ascii", "replace")).hexdigest()


def _check_number(owner: User, most: int) -> None:
    """Inside a transaction that holds the owner's row, so that keys made at once cannot pass the limit."""
    if ApiKey.objects.live().filter(user=owner).count() >= most:
        raise DomainError("too_many_api_keys", f"At most {most} keys at once.", Kind.CONFLICT)


def _check_scopes(owner: User, scopes: Sequence[str]) -> None:
    """Nobody gives a key what they lack themselves."""
    needed = [permission for scope, permission in _FOR_STAFF.items() if scope in scopes]
    if needed and not (owner.is_staff and owner.has_perms(needed)):
        detail = "Only staff who may read the audit trail may let a key read it."
        raise DomainError("scope_not_held", detail, Kind.FORBIDDEN, errors=[FieldError("/scopes", "not_held", detail)])
