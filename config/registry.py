"""Every setting there is. Loading, inspection, documentation, the starter file and migration all read this list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

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
from config.services.vision import VisionConfigService
from config.services.webhooks import WebhooksConfigService

PREFIX = "LOUPE_"
SERVICES: dict[str, type[ConfigService]] = {
    "general_service": GeneralConfigService,
    "database_service": DatabaseConfigService,
    "security_service": SecurityConfigService,
    "authentication_service": AuthenticationConfigService,
    "audit_service": AuditConfigService,
    "cache_service": CacheConfigService,
    "task_queue_service": TaskQueueConfigService,
    "email_service": EmailConfigService,
    "storage_service": StorageConfigService,
    "privacy_service": PrivacyConfigService,
    "api_service": ApiConfigService,
    "vision_service": VisionConfigService,
    "webhooks_service": WebhooksConfigService,
    "logging_service": LoggingConfigService,
}
# Read before everything else, from the environment alone: they say where the rest is.
BOOTSTRAP: dict[str, str] = {
    "LOUPE_CONFIG_FILE": "The configuration file (TOML). Unset: loupe.toml in the project's folder, if there is one.",
    "LOUPE_ENV_FILE": "The .env file. Unset: .env in the project's folder, if there is one.",
    "LOUPE_SECRETS_DIR": "A folder with one file a secret, named like the variable. Unset: none is read.",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `key` is its variable, `path` its place in the file, `homes` the (service, field) that take it."""

    key: str
    path: str
    homes: tuple[tuple[str, str], ...]
    info: FieldInfo
    since: int

    @property
    def section(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def doc(self) -> str:
        return self.info.description or ""

    @property
    def secret(self) -> bool:
        return _mentions(self.info.annotation, SecretStr)

    @property
    def is_list(self) -> bool:
        return get_origin(self.info.annotation) is tuple

    @property
    def default(self) -> Any:
        return self.info.get_default(call_default_factory=True)

    @property
    def choices(self) -> tuple[str, ...]:
        annotation = self.info.annotation
        if get_origin(annotation) is Literal:
            return get_args(annotation)
        members = getattr(annotation, "__members__", {})
        return tuple(str(member.value) for member in members.values())


@cache
def settings() -> dict[str, Setting]:
    """All settings by variable, in the order of the services and of their fields."""
    found: dict[str, Setting] = {}
    for service, field, info, section in _fields():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        path = f"{section}.{field}" if section else field
        key = str(extra.get("key") or PREFIX + path.replace(".", "_").upper())
        known = found.get(key)
        homes = ((service, field), *(known.homes if known else ()))
        if known is None:
            since = extra.get("since")
            found[key] = Setting(key, path, homes, info, since if isinstance(since, int) else 1)
        else:
            found[key] = Setting(key, known.path, homes, known.info, known.since)
    return found


@cache
def settings_by_path() -> dict[str, Setting]:
    """All settings by their place in the configuration file, for example `database.url`."""
    return {setting.path: setting for setting in settings().values()}


def _fields() -> Iterator[tuple[str, str, FieldInfo, str]]:
    for service, model in SERVICES.items():
        for field, info in model.model_fields.items():
            yield service, field, info, model.section


def _mentions(annotation: Any, wanted: type) -> bool:
    if get_origin(annotation) in (Union, UnionType, tuple, Annotated):
        return any(_mentions(part, wanted) for part in get_args(annotation) if part not in (NoneType, Ellipsis))
    return annotation is wanted
