"""A software authenticator for tests: makes and uses a resident passkey as WebAuthn Level 3 describes it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

_UP, _UV, _BE, _BS, _AT = 1, 4, 8, 16, 64


@dataclass(slots=True)
class SoftwarePasskey:
    """Flags can be left out to play an authenticator that does not check its user, or one of another site."""

    origin: str
    synced: bool = False
    verifies_user: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: str = ""
    sign_count: int = 0

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """navigator.credentials.create()."""
        self.user_handle = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._authenticator_data(options["rp"]["id"], _AT) + attested
        return self._credential(
            clientDataJSON=self._client_data("webauthn.create", options),
            attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """navigator.credentials.get()."""
        self.sign_count += 0 if self.synced else 1
        data = self._authenticator_data(options["rpId"], 0)
        client_data = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        made = self._credential(clientDataJSON=client_data, authenticatorData=data, signature=signature)
        made["response"]["userHandle"] = self.user_handle
        return made

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        flags |= _UP | (_UV if self.verifies_user else 0) | (_BE | _BS if self.synced else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        given = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(given).encode()

    def _credential(self, **response: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        encoded: dict[str, Any] = {key: bytes_to_base64url(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": encoded, "clientExtensionResults": {}}
