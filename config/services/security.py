"""Keys, hashing, TLS and the headers that browsers obey."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from csp.constants import NONE, SELF
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from config.environments import Policy
from config.services.model import ConfigService, Problem, model_config

# Known to the world: they only let a developer start at once. Every other environment refuses them.
DEVELOPMENT_SECRET_KEY = "development-only-" + "loupe" * 10
DEVELOPMENT_ENCRYPTION_KEYS = "dev:" + base64.b64encode(b"loupe-development-encryption-key").decode()
DEVELOPMENT_INDEX_KEYS = "dev:" + base64.b64encode(b"loupe-development-blind-index-ky").decode()


class SecurityConfigService(ConfigService):
    """`encryption_keys` and `blind_index_keys` are `id:base64-of-32-bytes`, comma separated, the first one writes."""

    model_config = model_config("LOUPE_SECURITY_")

    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET_KEY)
    secret_key_fallbacks: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    encryption_keys: SecretStr = SecretStr(DEVELOPMENT_ENCRYPTION_KEYS)
    blind_index_keys: SecretStr = SecretStr(DEVELOPMENT_INDEX_KEYS)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ("localhost", "127.0.0.1", "[::1]")
    csrf_trusted_origins: Annotated[tuple[str, ...], NoDecode] = ()
    cors_allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    tls: bool = False
    hsts_seconds: int = Field(0, ge=0)
    argon2_time_cost: int = Field(2, ge=1)
    argon2_memory_kib: int = Field(19_456, ge=8)
    argon2_parallelism: int = Field(1, ge=1)

    @field_validator(
        "secret_key_fallbacks",
        "allowed_hosts",
        "csrf_trusted_origins",
        "cors_allowed_origins",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("encryption_keys", "blind_index_keys")
    @classmethod
    def _well_formed(cls, keys: SecretStr) -> SecretStr:
        parse_keyring(keys)
        return keys

    def django_settings(self) -> dict[str, Any]:
        return {
            "SECRET_KEY": self.secret_key.get_secret_value(),
            "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in self.secret_key_fallbacks],
            "ALLOWED_HOSTS": list(self.allowed_hosts),
            "CSRF_TRUSTED_ORIGINS": list(self.csrf_trusted_origins),
            "CORS_ALLOWED_ORIGINS": list(self.cors_allowed_origins),
            "SECURE_SSL_REDIRECT": self.tls,
            "SECURE_REDIRECT_EXEMPT": [r"^health/"],  # an orchestrator probes over plain HTTP inside the network
            "SECURE_HSTS_SECONDS": self.hsts_seconds,
            "SECURE_HSTS_INCLUDE_SUBDOMAINS": self.hsts_seconds > 0,
            "SECURE_HSTS_PRELOAD": self.hsts_seconds > 0,
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if self.trusted_proxies else None,
            "SECURE_REFERRER_POLICY": "no-referrer",
            "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
            "SESSION_COOKIE_SECURE": self.tls,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Strict",
            "CSRF_COOKIE_SECURE": self.tls,
            "CSRF_COOKIE_SAMESITE": "Strict",
            "X_FRAME_OPTIONS": "DENY",
            "CONTENT_SECURITY_POLICY": {
                "DIRECTIVES": {
                    "default-src": [NONE],
                    "script-src": [SELF],
                    "style-src": [SELF],
                    "img-src": [SELF, "data:"],
                    "font-src": [SELF],
                    "connect-src": [SELF],
                    "form-action": [SELF],
                    "base-uri": [NONE],
                    "frame-ancestors": [NONE],
                }
            },
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = []
        if policy.strong_keys_required:
            problems += self._weak_keys()
        if policy.tls_required and not self.tls:
            problems.append(Problem("tls_required", "LOUPE_SECURITY_TLS", "Plain HTTP is answered.", "Set it to true."))
        if self.hsts_seconds < policy.hsts_seconds:
            problems.append(
                Problem(
                    "hsts_too_short",
                    "LOUPE_SECURITY_HSTS_SECONDS",
                    "Browsers are not told to stay on TLS for a year.",
                    f"Set at least {policy.hsts_seconds}.",
                )
            )
        if "*" in self.allowed_hosts and not policy.any_host_allowed:
            problems.append(
                Problem("any_host", "LOUPE_SECURITY_ALLOWED_HOSTS", "Any Host header is answered.", "Name the hosts.")
            )
        return problems

    def _weak_keys(self) -> list[Problem]:
        known = {
            "SECRET_KEY": (self.secret_key, DEVELOPMENT_SECRET_KEY),
            "ENCRYPTION_KEYS": (self.encryption_keys, DEVELOPMENT_ENCRYPTION_KEYS),
            "BLIND_INDEX_KEYS": (self.blind_index_keys, DEVELOPMENT_INDEX_KEYS),
        }
        return [
            Problem(
                "development_key",
                f"LOUPE_SECURITY_{name}",
                "The key of the development environment is in use; everybody knows it.",
                "Generate one: python manage.py config generate-key",
            )
            for name, (actual, development) in known.items()
            if actual.get_secret_value() == development
        ]


def parse_keyring(keys: SecretStr) -> dict[str, bytes]:
    """`id:base64,id:base64` as an ordered mapping of key ids to 32 bytes; ValueError without any key material."""
    ring: dict[str, bytes] = {}
    for part in keys.get_secret_value().split(","):
        key_id, separator, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError("a key is not base64") from None
        if not separator or not key_id.isalnum() or len(key_id) > 16:
            raise ValueError("each key needs an id of 1 to 16 letters or digits before a colon")
        if len(key) != 32:
            raise ValueError("each key needs 32 bytes")
        if key_id in ring:
            raise ValueError("two keys share an id")
        ring[key_id] = key
    return ring
