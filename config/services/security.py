"""Keys, hashing, TLS and the headers that browsers obey."""

from __future__ import annotations

import base64
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.keys import parse_keyring as parse_keyring
from config.problems import Problem
from config.services.key_strength import judge_key, judge_keyring
from config.services.model import CommaSeparated, CommaSeparatedSecrets, ConfigService

# Known to the world: they only let a developer start at once. Every other environment refuses them.
DEVELOPMENT_SECRET_KEY = "development-only-" + "loupe" * 10
DEVELOPMENT_ENCRYPTION_KEYS = "dev:" + base64.b64encode(b"loupe-development-encryption-key").decode()
DEVELOPMENT_INDEX_KEYS = "dev:" + base64.b64encode(b"loupe-development-blind-index-ky").decode()

_NONE, _SELF = "'none'", "'self'"
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
# least memory in KiB for each number of passes that OWASP's Password Storage Cheat Sheet calls equal
_OWASP_ARGON2ID = {1: 47_104, 2: 19_456, 3: 12_288, 4: 9_216, 5: 7_168}


class SecurityConfigService(ConfigService):
    """Keyrings are `id:base64-of-32-bytes`, comma separated; the first one writes, all of them read."""

    section: ClassVar[str] = "security"

    secret_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET_KEY),
        description="Signs sessions, cursors and links. Make one: config generate-key.",
    )
    secret_key_fallbacks: CommaSeparatedSecrets = Field(
        (), description="Earlier secret keys, which still open what they signed."
    )
    encryption_keys: SecretStr = Field(
        SecretStr(DEVELOPMENT_ENCRYPTION_KEYS),
        description="Keyring of the encrypted columns, as id:base64,id:base64; the first one writes.",
    )
    blind_index_keys: SecretStr = Field(
        SecretStr(DEVELOPMENT_INDEX_KEYS), description="Keyring of the indexes that find encrypted values."
    )
    allowed_hosts: CommaSeparated = Field(_LOCAL_HOSTS, description="The host names that are answered.")
    csrf_trusted_origins: CommaSeparated = Field(
        (), description="Other origins whose forms are taken, with scheme: https://app.example.com."
    )
    cors_allowed_origins: CommaSeparated = Field(
        (), description="Origins whose scripts may call the API, with scheme; * lets everyone."
    )
    trusted_proxies: CommaSeparated = Field(
        (), description="Addresses or networks of the proxies whose X-Forwarded-* headers are believed."
    )
    tls: bool = Field(False, description="Plain HTTP is sent on to HTTPS, and cookies travel by HTTPS only.")
    hsts_seconds: int = Field(0, ge=0, description="How long browsers insist on TLS; a year is 31536000.")
    cookie_samesite: Literal["Strict", "Lax", "None"] = Field(
        "Strict", description="Whether cookies come along when another site leads here."
    )
    argon2_time_cost: int = Field(2, ge=1, description="Argon2id passes over the memory.")
    argon2_memory_kib: int = Field(19_456, ge=8, description="Argon2id memory of one hash.")
    argon2_parallelism: int = Field(1, ge=1, description="Argon2id lanes.")

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
            "CORS_ALLOW_ALL_ORIGINS": "*" in self.cors_allowed_origins,
            "CORS_ALLOWED_ORIGINS": [origin for origin in self.cors_allowed_origins if origin != "*"],
            "CORS_EXPOSE_HEADERS": ["X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Location", "ETag"],
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
            "SESSION_COOKIE_SAMESITE": self.cookie_samesite,
            "CSRF_COOKIE_SECURE": self.tls,
            "CSRF_COOKIE_SAMESITE": self.cookie_samesite,
            "X_FRAME_OPTIONS": "DENY",
            "CONTENT_SECURITY_POLICY": {
                "DIRECTIVES": {
                    "default-src": [_NONE],
                    "script-src": [_SELF],
                    "style-src": [_SELF],
                    "img-src": [_SELF, "data:"],
                    "font-src": [_SELF],
                    "connect-src": [_SELF],
                    "form-action": [_SELF],
                    "base-uri": [_NONE],
                    "frame-ancestors": [_NONE],
                }
            },
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        return [
            *self._transport(policy),
            *self._origins(policy),
            *self._keys(policy),
            *self._hasher(policy),
        ]

    def _transport(self, policy: Policy) -> list[Problem]:
        problems = []
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
        if policy.secure_cookies_required and self.cookie_samesite == "None":
            problems.append(
                Problem(
                    "insecure_cookies",
                    "LOUPE_SECURITY_COOKIE_SAMESITE",
                    "Cookies come along with requests that other sites make.",
                    "Set Strict or Lax.",
                )
            )
        return problems

    def _origins(self, policy: Policy) -> list[Problem]:
        problems = []
        hosts = set(self.allowed_hosts)
        if "*" in hosts and not policy.any_host_allowed:
            problems.append(
                Problem("any_host", "LOUPE_SECURITY_ALLOWED_HOSTS", "Any Host header is answered.", "Name the hosts.")
            )
        if policy.tls_required and hosts <= set(_LOCAL_HOSTS):
            problems.append(
                Problem(
                    "hosts_not_named",
                    "LOUPE_SECURITY_ALLOWED_HOSTS",
                    "Only this machine's own names are answered.",
                    "Name the hosts that clients use.",
                )
            )
        if "*" in self.cors_allowed_origins and not policy.open_cors_allowed:
            problems.append(
                Problem(
                    "cors_open",
                    "LOUPE_SECURITY_CORS_ALLOWED_ORIGINS",
                    "Scripts of every site may call the API.",
                    "Name the origins.",
                )
            )
        origins = {
            "LOUPE_SECURITY_CORS_ALLOWED_ORIGINS": self.cors_allowed_origins,
            "LOUPE_SECURITY_CSRF_TRUSTED_ORIGINS": self.csrf_trusted_origins,
        }
        problems += [
            Problem("plain_http_origin", key, "An origin without TLS is trusted.", "Write it with https://.")
            for key, named in origins.items()
            if policy.tls_required and any(not each.startswith(("https://", "*")) for each in named)
        ]
        return problems

    def _keys(self, policy: Policy) -> list[Problem]:
        if not policy.strong_keys_required:
            return []
        problems = judge_key("LOUPE_SECURITY_SECRET_KEY", self.secret_key, DEVELOPMENT_SECRET_KEY, policy)
        rings = {
            "LOUPE_SECURITY_ENCRYPTION_KEYS": (self.encryption_keys, DEVELOPMENT_ENCRYPTION_KEYS),
            "LOUPE_SECURITY_BLIND_INDEX_KEYS": (self.blind_index_keys, DEVELOPMENT_INDEX_KEYS),
        }
        for key, (ring, development) in rings.items():
            problems += judge_keyring(key, ring, development, policy)
        if set(parse_keyring(self.encryption_keys).values()) & set(parse_keyring(self.blind_index_keys).values()):
            problems.append(
                Problem(
                    "shared_key",
                    "LOUPE_SECURITY_BLIND_INDEX_KEYS",
                    "One key serves two purposes.",
                    "Make one for each: config generate-key.",
                )
            )
        return problems

    def _hasher(self, policy: Policy) -> list[Problem]:
        needed = _OWASP_ARGON2ID.get(self.argon2_time_cost, min(_OWASP_ARGON2ID.values()))
        if not policy.strong_hasher_required or self.argon2_memory_kib >= needed:
            return []
        return [
            Problem(
                "weak_hasher",
                "LOUPE_SECURITY_ARGON2_MEMORY_KIB",
                "Passwords are hashed below OWASP's least cost.",
                f"Set at least {needed} for this number of passes.",
            )
        ]
