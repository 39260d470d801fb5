"""Devices that signed in before, and the signed token by which one proves itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.core import signing

from accounts.services.encryption import EncryptionService
from audit import context

_SALT = "loupe.device"


@dataclass(frozen=True, slots=True)
class DeviceService:
    """The token is a signature over the device's id under SECRET_KEY; with its row the device is forgotten."""

    encryption: EncryptionService = field(default_factory=EncryptionService)

    def token(self, device_id: uuid.UUID) -> str:
        return signing.Signer(salt=_SALT).sign(device_id.hex)

    def read(self, token: str | None) -> uuid.UUID | None:
        """The device that the token speaks of, None when it is not one of ours."""
        try:
            return uuid.UUID(signing.Signer(salt=_SALT).unsign(token or ""))
        except (signing.BadSignature, ValueError):
            return None

    def fingerprint(self) -> str:
        """A keyed digest of the caller's network and agent, as the audit context knows them."""
        found = context.current()
        return self.encryption.blind_index(f"{found.address}\0{found.agent}", "device")
