"""Where the rows live: PostgreSQL by DATABASE_URL, else one SQLite file of the embedded profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.services.model import ConfigService, Problem, model_config

# https://www.sqlite.org/pragma.html; WAL lets readers go on while one writes, NORMAL is safe with WAL
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
)


class DatabaseConfigService(ConfigService):
    model_config = model_config("LOUPE_DATABASE_")

    url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    sqlite_path: Path = Path("var/loupe.sqlite3")
    pool_min_size: int = Field(2, ge=0, le=1000)
    pool_max_size: int = Field(10, ge=1, le=1000)
    pool_timeout_seconds: float = Field(10, gt=0)
    statement_timeout_seconds: float = Field(30, gt=0)
    busy_timeout_seconds: float = Field(20, gt=0)

    @field_validator("url")
    @classmethod
    def _only_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in ("postgres", "postgresql"):
            raise ValueError("must be a postgresql:// URL")
        if not parts.path.strip("/"):
            raise ValueError("must name a database")
        return url

    @property
    def engine(self) -> Literal["postgresql", "sqlite"]:
        return "postgresql" if self.url else "sqlite"

    @property
    def dsn(self) -> str:
        """The URL of the database, its password included; never print it."""
        return self.url.get_secret_value() if self.url else f"sqlite:///{self.sqlite_path}"

    def django_settings(self) -> dict[str, Any]:
        return {"DATABASES": {"default": self._postgresql() if self.url else self._sqlite()}}

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if self.engine == "sqlite" and not policy.sqlite_allowed:
            return [
                Problem(
                    "sqlite_not_allowed", "DATABASE_URL", "SQLite serves one process only.", "Set a postgresql:// URL."
                )
            ]
        return []

    def _sqlite(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.sqlite_path),
            # a file, as in real life: in memory, threads would share one connection and lock each other out
            "TEST": {"NAME": str(self.sqlite_path.with_name("test.sqlite3"))},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # a deferred one dies with "database is locked" when it upgrades
                "timeout": self.busy_timeout_seconds,
                "init_command": _SQLITE_PRAGMAS,
            },
        }

    def _postgresql(self) -> dict[str, Any]:
        parts = urlsplit(self.dsn)
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        timeout = int(self.statement_timeout_seconds * 1000)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or query.pop("host", "")),
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                **{key: unquote(value) for key, value in query.items()},
                "options": f"-c statement_timeout={timeout}",
                "pool": {
                    "min_size": self.pool_min_size,
                    "max_size": self.pool_max_size,
                    "timeout": self.pool_timeout_seconds,
                },
            },
        }
