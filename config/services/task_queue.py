"""Celery: Redis or RabbitMQ with late acknowledgement, or the memory of one process (embedded profile)."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from config.services.model import ConfigService, model_config


class TaskQueueConfigService(ConfigService):
    """Job state lives in rows; the broker only wakes workers, and may lose everything without losing a job."""

    model_config = model_config("LOUPE_TASK_QUEUE_")

    broker_url: SecretStr | None = None
    redis_url: SecretStr | None = Field(None, validation_alias="REDIS_URL")
    soft_limit_seconds: int = Field(240, ge=1)
    hard_limit_seconds: int = Field(300, ge=1)
    visibility_timeout_seconds: int = Field(600, ge=1)

    @property
    def embedded(self) -> bool:
        """Whether tasks run in this process, because no broker is configured."""
        return self.broker_url is None and self.redis_url is None

    @property
    def broker(self) -> str:
        url = self.broker_url or self.redis_url
        return url.get_secret_value() if url else "memory://"

    def django_settings(self) -> dict[str, Any]:
        return {
            "CELERY_BROKER_URL": self.broker,
            "CELERY_TASK_IGNORE_RESULT": True,
            "CELERY_TASK_ACKS_LATE": True,
            "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
            "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
            "CELERY_TASK_SOFT_TIME_LIMIT": self.soft_limit_seconds,
            "CELERY_TASK_TIME_LIMIT": self.hard_limit_seconds,
            "CELERY_TASK_SERIALIZER": "json",
            "CELERY_ACCEPT_CONTENT": ["json"],
            "CELERY_TIMEZONE": "UTC",
            "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
            "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
            "CELERY_BROKER_TRANSPORT_OPTIONS": self._transport_options(),
        }

    def _transport_options(self) -> dict[str, Any]:
        if not self.broker.startswith(("redis", "rediss")):
            return {}
        # the default sweep takes up to 100 s to give back what a killed worker held
        return {
            "visibility_timeout": self.visibility_timeout_seconds,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        }
