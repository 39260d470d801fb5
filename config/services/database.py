"""Where the rows live: PostgreSQL by DATABASE_URL, else one SQLite file of the embedded profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from config.connection_url import ConnectionUrl
from config.environments import Policy
from config.problems import Problem
from config.services.model import PROJECT_ROOT, ConfigService, ProjectPath, known_as

# https://www.sqlite.org/pragma.html; WAL lets readers go on while one writes, NORMAL is safe with WAL
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
)


class DatabaseConfigService(ConfigService):
    section: ClassVar[str] = "database"

    url: SecretStr | None = Field(
        None,
        description="PostgreSQL as postgresql://user:password@host:port/name. Without it rows go into one SQLite file.",
        json_schema_extra=known_as("DATABASE_URL"),
    )
    sqlite_path: ProjectPath = Field(
        PROJECT_ROOT / "var/loupe.sqlite3", description="The SQLite file of the embedded profile."
    )
    pool_min_size: int = Field(2, ge=0, le=1000, description="Connections a process keeps open to PostgreSQL.")
    pool_max_size: int = Field(10, ge=1, le=1000, description="Connections a process opens at most.")
    pool_timeout_seconds: float = Field(10, gt=0, description="How long a request waits for a free connection.")
    statement_timeout_seconds: float = Field(30, gt=0, description="PostgreSQL ends a statement after this time.")
    busy_timeout_seconds: float = Field(20, gt=0, description="How long SQLite waits while another process writes.")

    @field_validator("url")
    @classmethod
    def _only_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        parts = ConnectionUrl.parse(url.get_secret_value())
        if parts.scheme not in ("postgres", "postgresql"):
            raise ValueError("must be a postgresql:// URL")
        if not parts.name:
            raise ValueError("must name a database")
        return url

    @property
    def engine(self) -> Literal["postgresql", "sqlite"]:
        return "postgresql" if self.url else "sqlite"

    @property
    def dsn(self) -> str:
        """The URL of the database, its password included; never print it."""
        if self.url is None:
            return f"sqlite:///{self.sqlite_path}"
        return ConnectionUrl.parse(self.url.get_secret_value()).canonical()

    def django_settings(self) -> dict[str, Any]:
        return {"DATABASES": {"default": self._postgresql(self.url) if self.url else self._sqlite()}}

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = []
        if self.engine == "sqlite" and not policy.sqlite_allowed:
            problems.append(
                Problem(
                    "sqlite_not_allowed", "DATABASE_URL", "SQLite serves one machine only.", "Set a postgresql:// URL."
                )
            )
        if self.pool_min_size > self.pool_max_size:
            problems.append(
                Problem(
                    "limits_out_of_order",
                    "LOUPE_DATABASE_POOL_MIN_SIZE",
                    "The pool's minimum is above its maximum.",
                    "Lower it, or raise LOUPE_DATABASE_POOL_MAX_SIZE.",
                )
            )
        return problems

    def create_directory(self) -> None:
        """Makes the folder of the SQLite file, so that a fresh clone starts. OSError where nothing may be written."""
        if self.engine == "sqlite":
            Path(self.sqlite_path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

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

    def _postgresql(self, url: SecretStr) -> dict[str, Any]:
        parts = ConnectionUrl.parse(url.get_secret_value())
        query = dict(parts.query)
        timeout = int(self.statement_timeout_seconds * 1000)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.name,
            "USER": parts.user,
            "PASSWORD": parts.password,
            "HOST": parts.host or query.pop("host", ""),
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                **query,
                "options": f"{query.get('options', '')} -c statement_timeout={timeout}".strip(),
                "pool": {
                    "min_size": self.pool_min_size,
                    "max_size": self.pool_max_size,
                    "timeout": self.pool_timeout_seconds,
                },
            },
        }
