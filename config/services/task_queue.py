"""Celery: Redis or RabbitMQ with late acknowledgement, or the memory of one process (embedded profile)."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from config.connection_url import ConnectionUrl
from config.environments import Policy
from config.problems import Problem
from config.services.cache import redis_url
from config.services.model import ConfigService, known_as


class TaskQueueConfigService(ConfigService):
    """Job state lives in rows; the broker only wakes workers, and may lose everything without losing a job."""

    section: ClassVar[str] = "task_queue"

    broker_url: SecretStr | None = Field(
        None, description="The broker where it is not Redis: amqp://user:password@host:port/vhost, or another Redis."
    )
    redis_url: SecretStr | None = Field(
        None, description="The broker unless one is named.", json_schema_extra=known_as("REDIS_URL")
    )
    soft_limit_seconds: int = Field(240, ge=1, description="A task is asked to stop after this time.")
    hard_limit_seconds: int = Field(300, ge=1, description="A task is killed after this time.")
    visibility_timeout_seconds: int = Field(
        600, ge=1, description="Redis gives a task to another worker after this time; above the hard limit."
    )

    @field_validator("redis_url")
    @classmethod
    def _only_redis(cls, url: SecretStr | None) -> SecretStr | None:
        return redis_url(url)

    @field_validator("broker_url")
    @classmethod
    def _only_brokers(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        parts = ConnectionUrl.parse(url.get_secret_value())
        if parts.scheme not in ("redis", "rediss", "amqp", "amqps"):
            raise ValueError("must be an amqp:// or redis:// URL")
        return SecretStr(parts.canonical())

    @property
    def embedded(self) -> bool:
        """Whether tasks run in this process, because no broker is configured."""
        return self.broker_url is None and self.redis_url is None

    @property
    def broker(self) -> str:
        url = self.broker_url or self.redis_url
        return url.get_secret_value() if url else "memory://localhost/"

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

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if self.soft_limit_seconds < self.hard_limit_seconds < self.visibility_timeout_seconds:
            return []
        return [
            Problem(
                "limits_out_of_order",
                "LOUPE_TASK_QUEUE_HARD_LIMIT_SECONDS",
                "A task would run twice, or be killed before it could stop.",
                "Keep soft limit < hard limit < visibility timeout.",
            )
        ]

    def _transport_options(self) -> dict[str, Any]:
        if not self.broker.startswith(("redis", "rediss")):
            return {}
        # the default sweep takes up to 100 s to give back what a killed worker held
        return {
            "visibility_timeout": self.visibility_timeout_seconds,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        }
