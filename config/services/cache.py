"""The cache: Redis by REDIS_URL, else this process's memory (embedded profile)."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from config.connection_url import ConnectionUrl
from config.environments import Policy
from config.problems import Problem
from config.services.model import ConfigService, known_as


def redis_url(url: SecretStr | None) -> SecretStr | None:
    """None when empty; else the URL in the one spelling that every Redis client reads alike."""
    if url is None or not url.get_secret_value():
        return None
    parts = ConnectionUrl.parse(url.get_secret_value())
    if parts.scheme not in ("redis", "rediss"):
        raise ValueError("must be a redis:// or rediss:// URL")
    return SecretStr(parts.canonical())


class CacheConfigService(ConfigService):
    section: ClassVar[str] = "cache"

    url: SecretStr | None = Field(
        None,
        description="Redis as redis://user:password@host:port/number, for the cache, the limits and the task queue. "
        "Without it they live in the memory of one process.",
        json_schema_extra=known_as("REDIS_URL"),
    )
    key_prefix: str = Field("loupe", min_length=1, description="Begins every key, so that one Redis serves several.")
    timeout_seconds: float = Field(2, gt=0, description="How long to wait for Redis before going on without it.")

    @field_validator("url")
    @classmethod
    def _only_redis(cls, url: SecretStr | None) -> SecretStr | None:
        return redis_url(url)

    @property
    def shared(self) -> bool:
        """Whether other processes see the same cache."""
        return self.url is not None

    def django_settings(self) -> dict[str, Any]:
        if self.url is None:
            return {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}
        return {
            "CACHES": {
                "default": {
                    "BACKEND": "django_redis.cache.RedisCache",
                    "LOCATION": self.url.get_secret_value(),
                    "KEY_PREFIX": self.key_prefix,
                    "OPTIONS": {
                        "SOCKET_CONNECT_TIMEOUT": self.timeout_seconds,
                        "SOCKET_TIMEOUT": self.timeout_seconds,
                    },
                }
            }
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if policy.redis_required and self.url is None:
            return [
                Problem("redis_required", "REDIS_URL", "Limits and sessions are not shared.", "Set a redis:// URL.")
            ]
        return []
