"""The one door to the configuration. Nothing else reads the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config.environments import POLICIES, Environment, Policy
from config.loading import load_services
from config.problems import Problem
from config.provenance import Resolution
from config.services.api import ApiConfigService
from config.services.audit import AuditConfigService
from config.services.authentication import AuthenticationConfigService
from config.services.cache import CacheConfigService
from config.services.database import DatabaseConfigService
from config.services.email import EmailConfigService
from config.services.general import GeneralConfigService
from config.services.logging import LoggingConfigService
from config.services.model import ConfigService
from config.services.privacy import PrivacyConfigService
from config.services.security import SecurityConfigService
from config.services.storage import StorageConfigService
from config.services.task_queue import TaskQueueConfigService
from config.services.validation import ConfigValidationService, ValidationReport
from config.services.vision import VisionConfigService
from config.services.webhooks import WebhooksConfigService
from config.sources.places import Places
from config.sources.resolve import resolve


@dataclass(frozen=True, slots=True)
class ConfigServiceOrchestrator:
    """Every configuration service, frozen. Made directly it holds the defaults and what it is given, so a test hands
    in another service instead of patching; `load` reads the sources."""

    general_service: GeneralConfigService = field(default_factory=GeneralConfigService)
    database_service: DatabaseConfigService = field(default_factory=DatabaseConfigService)
    security_service: SecurityConfigService = field(default_factory=SecurityConfigService)
    authentication_service: AuthenticationConfigService = field(default_factory=AuthenticationConfigService)
    cache_service: CacheConfigService = field(default_factory=CacheConfigService)
    task_queue_service: TaskQueueConfigService = field(default_factory=TaskQueueConfigService)
    audit_service: AuditConfigService = field(default_factory=AuditConfigService)
    email_service: EmailConfigService = field(default_factory=EmailConfigService)
    storage_service: StorageConfigService = field(default_factory=StorageConfigService)
    privacy_service: PrivacyConfigService = field(default_factory=PrivacyConfigService)
    api_service: ApiConfigService = field(default_factory=ApiConfigService)
    vision_service: VisionConfigService = field(default_factory=VisionConfigService)
    webhooks_service: WebhooksConfigService = field(default_factory=WebhooksConfigService)
    logging_service: LoggingConfigService = field(default_factory=LoggingConfigService)
    resolution: Resolution = field(default_factory=Resolution, repr=False, compare=False)

    @classmethod
    def load(cls, places: Places | None = None) -> ConfigServiceOrchestrator:
        """What the sources say. A value that cannot be read is a problem in the report, and its default stands in."""
        services, resolution = load_services(resolve(places or Places.of_process()))
        return cls(**services, resolution=resolution)

    @property
    def environment(self) -> Environment:
        return self.general_service.environment

    @property
    def policy(self) -> Policy:
        return POLICIES[self.environment]

    @property
    def database_dsn(self) -> str:
        """The database's URL with its password; never print it."""
        return self.database_service.dsn

    @property
    def broker_url(self) -> str:
        """The task queue's URL with its password; never print it."""
        return self.task_queue_service.broker

    @property
    def embedded(self) -> bool:
        """Whether one process does everything: no broker is configured."""
        return self.task_queue_service.embedded

    def services(self) -> Iterator[tuple[str, ConfigService]]:
        """Every service with its attribute's name."""
        for name in self.__slots__:
            service = getattr(self, name)
            if isinstance(service, ConfigService):
                yield name, service

    def django_settings(self) -> dict[str, Any]:
        """The Django settings that follow from all services."""
        merged: dict[str, Any] = {}
        for _, service in self.services():
            merged.update(service.django_settings())
        return merged

    def report(self, environment: Environment | None = None) -> ValidationReport:
        """The whole verdict, for this environment or for another one."""
        chosen = environment or self.environment
        return ConfigValidationService(
            chosen,
            POLICIES[chosen],
            tuple(service for _, service in self.services()),
            self.resolution.problems + _readable_secrets(self.resolution, POLICIES[chosen]),
            self.general_service.silenced(),
        ).report()

    def validate_configuration(self) -> list[Problem]:
        """Everything that does not fit the environment, over all services; what is silenced with a reason left out."""
        return list(self.report().problems)

    def model_dump(self) -> dict[str, Any]:
        """Every value in plain types, secrets masked, also those inside URLs."""
        dump = {name: service.masked_dump() for name, service in self.services()}
        return {"environment": self.environment.value, **dump}


_current: ConfigServiceOrchestrator | None = None


def get_orchestrator() -> ConfigServiceOrchestrator:
    """The configuration of this process, read once."""
    global _current
    if _current is None:
        _current = ConfigServiceOrchestrator.load()
    return _current


def replace_orchestrator(orchestrator: ConfigServiceOrchestrator | None) -> ConfigServiceOrchestrator | None:
    """Puts another configuration in this process's place and gives back the earlier one; for `config.testing`."""
    global _current
    earlier, _current = _current, orchestrator
    return earlier


def _readable_secrets(resolution: Resolution, policy: Policy) -> tuple[Problem, ...]:
    from config.registry import settings

    if policy.readable_secrets_allowed:
        return ()
    return tuple(
        Problem(
            "readable_secret_file",
            key,
            f"{readings[0].origin} can be read by every user of the machine.",
            "Take the others' right: chmod o-r FILE",
        )
        for key, readings in resolution.readings.items()
        if settings()[key].secret and readings[0].world_readable
    )
