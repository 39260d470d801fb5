"""Access tokens: simplejwt's token over a ring of Ed25519 keys, each named by its `kid`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from pydantic import SecretStr
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from accounts.models import AuthSession
from config.keys import parse_keyring
from config.orchestrator import get_orchestrator

ALGORITHM = "EdDSA"
_REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "sid", "jti", "epoch"]
_MAX_LENGTH = 4096

Self = TypeVar("Self", bound="AccessToken")


class KeyringTokenBackend(TokenBackend):
    """Signs with the first key of the ring, verifies with the one that `kid` names; reads no `jku`, `x5u` or `jwk`.

    A new first key signs from then on; the older ones stay in the ring for as long as their last token may live.
    """

    def __init__(self, keys: Mapping[str, bytes], issuer: str, audience: str) -> None:
        super().__init__(ALGORITHM, issuer=issuer, audience=audience)
        self.private_keys = {key_id: Ed25519PrivateKey.from_private_bytes(seed) for key_id, seed in keys.items()}
        self.public_keys = {key_id: key.public_key() for key_id, key in self.private_keys.items()}
        self.key_id = next(iter(self.private_keys))
        self._verified = lru_cache(maxsize=4096)(self._verify)

    def encode(self, payload: dict[str, Any]) -> str:
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        headers = {"kid": self.key_id, "typ": "at+jwt"}  # RFC 9068
        return jwt.encode(claims, self.private_keys[self.key_id], algorithm=ALGORITHM, headers=headers)

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims; TokenBackendError unless signature, times, issuer, audience and type are right.

        A signature that was right stays right, so it is checked once a process; the times are checked each time.
        """
        if not verify:
            raise TokenBackendError("tokens are only read when they are verified")
        raw = token if isinstance(token, str) else bytes(token).decode("ascii", "replace")
        try:
            claims = self._verified(raw)
        except jwt.ExpiredSignatureError:
            raise TokenBackendExpiredToken("Token is expired") from None
        except (jwt.InvalidTokenError, ValueError):
            raise TokenBackendError("Token is invalid") from None
        if claims["exp"] <= timezone.now().timestamp():
            raise TokenBackendExpiredToken("Token is expired")
        return dict(claims)

    def _verify(self, raw: str) -> dict[str, Any]:
        if len(raw) > _MAX_LENGTH:
            raise jwt.InvalidTokenError("too long")
        header = jwt.get_unverified_header(raw)
        key = self.public_keys.get(header.get("kid", ""))
        if key is None or header.get("typ") != "at+jwt" or "crit" in header:
            raise jwt.InvalidTokenError("unknown key or type")
        return jwt.decode(
            raw,
            key,
            algorithms=[ALGORITHM],
            audience=self.audience,
            issuer=self.issuer,
            options={"require": _REQUIRED, "strict_aud": True},
        )


class AccessToken(tokens.AccessToken):
    """Who (`sub`), which session (`sid`), how sure (`aal`, `amr`, `auth_time`), which `epoch` of the credentials."""

    @property
    def lifetime(self) -> timedelta:  # type: ignore[override]  # simplejwt reads the setting at import
        return timedelta(seconds=get_orchestrator().authentication_service.access_token_seconds)

    def get_token_backend(self) -> KeyringTokenBackend:
        return token_backend()

    @classmethod
    def for_user(cls: type[Self], user: Any) -> NoReturn:
        """There is no token without a session: `SessionManager` makes them."""
        raise TypeError("access tokens belong to a session")

    @classmethod
    def for_session(cls, session: AuthSession) -> AccessToken:
        token = cls()
        token["sub"] = str(session.user_id)
        token["sid"] = str(session.pk)
        token["nbf"] = token["iat"]
        token["aal"] = session.aal
        token["amr"] = session.methods
        token["auth_time"] = int(session.auth_time.timestamp())
        token["epoch"] = session.epoch
        return token

    @property
    def principal(self) -> str:
        """Whose calls are counted."""
        return f"user:{self['sub']}"

    def authenticated_within(self, seconds: int, now: datetime) -> bool:
        """Whether the user proved who they are at most so long ago."""
        return bool(now.timestamp() - self["auth_time"] <= seconds)

    def __repr__(self) -> str:
        return f"<access token of session {self.payload.get('sid')}>"


def token_backend() -> KeyringTokenBackend:
    """The backend over the keys of the configuration."""
    service = get_orchestrator().authentication_service
    return _backend(service.signing_keys, service.token_issuer, service.token_audience)


def public_key_set() -> dict[str, list[dict[str, str]]]:
    """The keys that verify access tokens as a JWK set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": ALGORITHM,
                "kid": key_id,
                "x": base64.urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=").decode(),
            }
            for key_id, key in token_backend().public_keys.items()
        ]
    }


@lru_cache(maxsize=4)
def _backend(keys: SecretStr, issuer: str, audience: str) -> KeyringTokenBackend:
    return KeyringTokenBackend(parse_keyring(keys), issuer, audience)
