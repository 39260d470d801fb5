"""The one door to the configuration. Nothing else reads the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from pydantic import Field, SecretStr

from config.environments import POLICIES, Environment, Policy
from config.services.api import ApiConfigService
from config.services.audit import AuditConfigService
from config.services.cache import CacheConfigService
from config.services.database import DatabaseConfigService
from config.services.logging import LoggingConfigService
from config.services.model import ConfigService, Problem, model_config
from config.services.security import SecurityConfigService
from config.services.storage import StorageConfigService
from config.services.task_queue import TaskQueueConfigService
from config.services.vision import VisionConfigService


class _Selection(ConfigService):
    model_config = model_config("LOUPE_")

    environment: Environment = Field(Environment.DEVELOPMENT)


@dataclass(frozen=True, slots=True)
class ConfigServiceOrchestrator:
    """Every configuration service, frozen after start. Hand one with other services to a test instead of patching."""

    environment: Environment = field(default_factory=lambda: _Selection().environment)
    database_service: DatabaseConfigService = field(default_factory=DatabaseConfigService)
    security_service: SecurityConfigService = field(default_factory=SecurityConfigService)
    cache_service: CacheConfigService = field(default_factory=CacheConfigService)
    task_queue_service: TaskQueueConfigService = field(default_factory=TaskQueueConfigService)
    audit_service: AuditConfigService = field(default_factory=AuditConfigService)
    storage_service: StorageConfigService = field(default_factory=StorageConfigService)
    api_service: ApiConfigService = field(default_factory=ApiConfigService)
    vision_service: VisionConfigService = field(default_factory=VisionConfigService)
    logging_service: LoggingConfigService = field(default_factory=LoggingConfigService)

    @property
    def policy(self) -> Policy:
        return POLICIES[self.environment]

    @property
    def database_dsn(self) -> str:
        return self.database_service.dsn

    def services(self) -> Iterator[tuple[str, ConfigService]]:
        """Every service with its attribute's name."""
        for each in fields(self):
            service = getattr(self, each.name)
            if isinstance(service, ConfigService):
                yield each.name, service

    def django_settings(self) -> dict[str, Any]:
        """The Django settings that follow from all services."""
        merged: dict[str, Any] = {}
        for _, service in self.services():
            merged.update(service.django_settings())
        return merged

    def validate_configuration(self) -> list[Problem]:
        """Everything that does not fit the environment, over all services."""
        return [problem for _, service in self.services() for problem in service.validate_configuration(self.policy)]

    def model_dump(self) -> dict[str, Any]:
        """Every value, secrets masked."""
        return {
            "environment": self.environment.value,
            **{name: _masked(service.model_dump(mode="python")) for name, service in self.services()},
        }


@cache
def get_orchestrator() -> ConfigServiceOrchestrator:
    """The configuration of this process, read once."""
    return ConfigServiceOrchestrator()


def _masked(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_masked(each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
