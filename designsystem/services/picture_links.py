"""Short links to pictures that carry their own permission, for <img> and for people without a token."""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

from django.db import models

from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.key_derivation import derived_key
from config.orchestrator import get_orchestrator
from config.services.security import parse_keyring
from designsystem.models import SourceImage

MAX_SECONDS = 3600
DEFAULT_SECONDS = 300


class LinkPurpose(models.TextChoices):
    """Shown where it is embedded, or kept as a file. A link for one is none for the other."""

    VIEW = "view"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class SignedLink:
    """`expires` in Unix seconds; `key` is the id of the key that signed."""

    image: uuid.UUID
    purpose: LinkPurpose
    expires: int
    key: str
    signature: str

    @property
    def url(self) -> str:
        query = {"purpose": self.purpose.value, "expires": self.expires, "key": self.key, "signature": self.signature}
        base = get_orchestrator().email_service.link_base_url
        return f"{base}/api/design-system/images/{self.image}/linked?{urlencode(query)}"

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)


def _keys() -> Mapping[str, bytes]:
    ring = parse_keyring(get_orchestrator().security_service.encryption_keys)
    return {key_id: derived_key(root, "picture-link") for key_id, root in ring.items()}


@dataclass(frozen=True, slots=True)
class PictureLinks:
    """HMAC-SHA256 over picture, purpose and end, and over the owner's epoch: what ends the owner's sessions and keys
    ends their links. Nothing is stored."""

    keys: Mapping[str, bytes] = field(default_factory=_keys, repr=False)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def make(self, image: SourceImage, purpose: LinkPurpose, seconds: int = DEFAULT_SECONDS) -> SignedLink:
        """A link that is good for `seconds` from now."""
        expires = int(time.time()) + seconds
        key = next(iter(self.keys))
        self.audit.record(Action.PICTURE_LINKED, target=image, details={"purpose": purpose.value, "limit": seconds})
        return SignedLink(image.pk, purpose, expires, key, self._signature(key, image, purpose, expires))

    def open(self, link: SignedLink) -> SourceImage:
        """The picture; DomainError (GONE) when the time of a good link is over, the same NOT_FOUND for all others."""
        image = SourceImage.objects.select_related("owner").filter(pk=link.image, owner__is_active=True).first()
        if image is None or link.key not in self.keys:
            raise _not_found()
        expected = self._signature(link.key, image, link.purpose, link.expires)
        if not hmac.compare_digest(expected.encode(), link.signature.encode()):
            raise _not_found()
        if link.expires <= time.time():
            raise DomainError("link_expired", "The time of this link is over.", Kind.GONE)
        return image

    def _signature(self, key: str, image: SourceImage, purpose: LinkPurpose, expires: int) -> str:
        content = f"{image.pk}|{purpose.value}|{expires}|{image.owner.epoch}"
        return hmac.new(self.keys[key], content.encode(), sha256).hexdigest()


def _not_found() -> DomainError:
    return DomainError("link_not_found", "There is no such link.", Kind.NOT_FOUND)
