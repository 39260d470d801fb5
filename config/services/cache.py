"""The cache: Redis by REDIS_URL, else this process's memory (embedded profile)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from config.environments import Policy
from config.services.model import ConfigService, Problem, model_config


class CacheConfigService(ConfigService):
    model_config = model_config("LOUPE_CACHE_")

    url: SecretStr | None = Field(None, validation_alias="REDIS_URL")
    key_prefix: str = "loupe"
    timeout_seconds: float = Field(2, gt=0)

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
